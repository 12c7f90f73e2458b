/** The Markdown of a built page: what readers see of it, without what only a browser needs. */

import type { Element, ElementContent, Nodes, Root } from "hast" with { "resolution-mode": "import" };

type Matches = (element: Element) => boolean;

/** Where the theme puts a page's text, the most exact first. */
const CONTENT: Matches[] = [
  (element) => hasClass(element, "theme-doc-markdown"),
  (element) => element.properties.id === "__blog-post-container",
  (element) => element.tagName === "main",
  (element) => element.properties.id === "__docusaurus_skipToContent_fallback",
];

/** Links to a heading from itself, controls, and pictures of the theme's own. */
const DROPPED: Matches = (element) =>
  hasClass(element, "hash-link") ||
  ["button", "svg", "script", "style", "template", "iframe"].includes(element.tagName) ||
  element.properties.role === "tablist";

/** These packages are modules only, which this one, like Docusaurus' own plugins, is not. */
export async function loadConverter(): Promise<(html: string, page: { url: string; title: string }) => string> {
  const [{ fromHtml }, { toMdast }, { gfmToMarkdown }, { toMarkdown }, { visit, SKIP }] = await Promise.all([
    import("hast-util-from-html"),
    import("hast-util-to-mdast"),
    import("mdast-util-gfm"),
    import("mdast-util-to-markdown"),
    import("unist-util-visit"),
  ]);

  function find(tree: Root, matches: Matches): Element | undefined {
    let found: Element | undefined;
    visit(tree, "element", (element) => {
      found ??= matches(element) ? element : undefined;
    });
    return found;
  }

  function prepare(content: Element, tree: Root, base: string): void {
    const tabs = tabLabels(tree);
    // React parts neighbouring texts by comments.
    visit(content, "comment", (_comment, index, parent) => {
      parent?.children.splice(index!, 1);
      return [SKIP, index!];
    });
    visit(content, "element", (element, index, parent) => {
      if (DROPPED(element)) {
        parent?.children.splice(index!, 1);
        return [SKIP, index!];
      }
      if (element.properties.role === "tabpanel") {
        const label = tabs.get(element);
        element.children.unshift(...(label === undefined ? [] : [bold(label)]));
        delete element.properties.hidden;
      } else if (hasClass(element, "theme-admonition")) {
        asQuote(element);
      } else if (element.tagName === "summary" || hasClassLike(element, "codeBlockTitle_")) {
        element.children = [bold(textOf(element))];
      } else if (element.tagName === "pre") {
        asCode(element);
      } else if (hasClass(element, "katex")) {
        asFormula(element);
      }
      makeAbsolute(element, base);
      return undefined;
    });
  }

  /** The tabs' labels by their panels: the theme names neither, and writes both in the same order. */
  function tabLabels(tree: Root): Map<Element, string> {
    const labels = new Map<Element, string>();
    visit(tree, "element", (element) => {
      if (hasClass(element, "tabs-container")) {
        const [list, panels] = element.children.filter(isElement);
        const names = (list?.children ?? []).filter(isElement).map(textOf);
        (panels?.children ?? []).filter(isElement).forEach((panel, at) => labels.set(panel, names[at] ?? ""));
      }
    });
    return labels;
  }

  return (html, { url, title }) => {
    const tree = fromHtml(html);
    const content = CONTENT.map((matches) => find(tree, matches)).find((found) => found !== undefined);
    if (content === undefined) {
      return `# ${title}\n`;
    }
    prepare(content, tree, url);
    const hasTitle = find({ type: "root", children: [content] }, ({ tagName }) => tagName === "h1") !== undefined;
    const mdast = toMdast({ type: "root", children: content.children });
    if (!hasTitle && mdast.type === "root") {
      mdast.children.unshift({ type: "heading", depth: 1, children: [{ type: "text", value: title }] });
    }
    return toMarkdown(mdast, { extensions: [gfmToMarkdown({ tablePipeAlign: false })], bullet: "-", rule: "-" });
  };
}

/** A note, a warning: a quotation with its label, which is how it reads where there are no colours. */
function asQuote(admonition: Element): void {
  admonition.tagName = "blockquote";
  admonition.children = admonition.children
    .filter(isElement)
    .map((part) => (hasClassLike(part, "admonitionHeading_") ? bold(textOf(part)) : part));
}

/** The highlighter's spans are dropped; the language stands on <pre>, and Markdown's converters look for it on <code>. */
function asCode(pre: Element): void {
  const language = classes(pre).find((name) => name.startsWith("language-"));
  const known = language !== undefined && language !== "language-text" ? { className: [language] } : {};
  pre.children = [{ type: "element", tagName: "code", properties: known, children: [text(textOf(pre))] }];
}

/** KaTeX writes a formula twice, for eyes and for screen readers, and its source beside them. */
function asFormula(katex: Element): void {
  const source = descendants(katex).find((element) => element.tagName === "annotation");
  katex.tagName = "code";
  katex.children = [text(textOf(source ?? katex))];
}

/** The text is read away from its page, where no address but a full one leads anywhere. */
function makeAbsolute({ properties }: Element, base: string): void {
  for (const name of ["href", "src"] as const) {
    const value = properties[name];
    if (typeof value === "string" && URL.canParse(value, base)) {
      properties[name] = new URL(value, base).href;
    }
  }
}

function bold(label: string): Element {
  const strong: Element = { type: "element", tagName: "strong", properties: {}, children: [text(label)] };
  return { type: "element", tagName: "p", properties: {}, children: [strong] };
}

function text(value: string): ElementContent {
  return { type: "text", value };
}

function textOf(node: Nodes): string {
  if (node.type === "text") {
    return node.value;
  }
  if (node.type === "element" && node.tagName === "br") {
    return "\n";
  }
  return "children" in node ? node.children.map(textOf).join("") : "";
}

function descendants(element: Element): Element[] {
  return element.children.filter(isElement).flatMap((child) => [child, ...descendants(child)]);
}

function isElement(node: Nodes): node is Element {
  return node.type === "element";
}

function classes(element: Element): string[] {
  const names = element.properties.className;
  return Array.isArray(names) ? names.map(String) : [];
}

function hasClass(element: Element, name: string): boolean {
  return classes(element).includes(name);
}

/** A class of a CSS module, whose name ends in a hash. */
function hasClassLike(element: Element, beginning: string): boolean {
  return classes(element).some((name) => name.startsWith(beginning));
}
