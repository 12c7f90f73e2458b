/** A page of the demo as HTML. */

import { Marked, type Tokens } from "marked";
import { GROUPS } from "./pages";

export interface DemoPage {
  name: string;
  title: string;
  markdown: string;
}

export interface About {
  pages: DemoPage[];
  siteKey: string;
  api: string;
  baseUrl: string;
  suggestions: string[];
}

const HOME = "https://vite.dev";

export function page(one: DemoPage, about: About): string {
  const root = `${about.baseUrl}demo/vite/`;
  const script = [
    `src="${about.baseUrl}askdocs/askdocs.js"`,
    `data-site-key="${escape(about.siteKey)}"`,
    `data-api="${escape(about.api)}"`,
    `data-suggestions="${escape(JSON.stringify(about.suggestions))}"`,
  ].join(" ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="canonical" href="${original(one.name)}">
<title>${escape(one.title)} | Vite, as a demo of Askdocs</title>
<link rel="icon" href="${about.baseUrl}img/logo.svg">
<link rel="stylesheet" href="${root}demo.css">
<script ${script} defer></script>
</head>
<body>
<aside class="notice"><p>A demo of <a href="${about.baseUrl}">Askdocs</a> on a copy of some pages of <a href="${HOME}">Vite's documentation</a> (<a href="${root}LICENSE.txt">MIT licence</a>), made on 22 August 2026 without Vite's involvement.</p></aside>
<div class="frame">
<nav aria-label="Pages">${menu(one, about.pages, root)}</nav>
<main>
<h1>${escape(one.title)}</h1>
${content(one, about, root)}</main>
</div>
</body>
</html>
`;
}

function address(root: string, name: string): string {
  return name === GROUPS[0]!.pages[0] ? root : `${root}${name}`;
}

function menu(here: DemoPage, pages: readonly DemoPage[], root: string): string {
  const titles = new Map(pages.map(({ name, title }) => [name, title]));
  return GROUPS.map(({ label, pages: names }) => {
    const items = names.map((name) => {
      const current = name === here.name ? ' aria-current="page"' : "";
      return `<li><a href="${address(root, name)}"${current}>${escape(titles.get(name) ?? name)}</a></li>`;
    });
    return `<h2>${label}</h2><ul>${items.join("")}</ul>`;
  }).join("");
}

function content(here: DemoPage, { pages }: About, root: string): string {
  const known = new Set(pages.map(({ name }) => name));
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const text = this.parser.parseInline(tokens);
        const [, shown = text, id = ""] = /^([^]*?)\s*\{#([\w-]+)\}$/.exec(text) ?? [];
        return `<h${depth} id="${id}">${shown}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        return `<a href="${escape(target(href, known, root))}">${this.parser.parseInline(tokens)}</a>`;
      },
      code({ text, lang }: Tokens.Code): string {
        // What scrolls must be reachable with the keyboard.
        return `<pre tabindex="0"><code class="language-${escape(lang?.split(/[\s{[]/)[0] ?? "")}">${escape(text)}</code></pre>\n`;
      },
    },
  });
  return marked.parse(here.markdown, { async: false });
}

/** Where Vite itself has the page: search engines are to find that one. */
function original(name: string): string {
  const folder = GROUPS.find(({ pages }) => pages.includes(name))!.label.toLowerCase();
  return `${HOME}/${folder}/${name === "getting-started" ? "" : name}`;
}

/** A link to a page that the demo has leads there; any other leads to Vite's own site. */
function target(href: string, known: ReadonlySet<string>, root: string): string {
  const [, path = "", hash = ""] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  if (path === "" || /^[a-z]+:/i.test(path)) {
    return href;
  }
  const name = path.replace(/\.(md|html)$/, "").replace(/^.*\//, "") || "getting-started";
  if (known.has(name)) {
    return address(root, name) + hash;
  }
  return `${HOME}/${path.replace(/^(\.\.?\/)+/, "guide/").replace(/^\//, "").replace(/\.md$/, ".html")}${hash}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
