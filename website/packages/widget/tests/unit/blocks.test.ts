import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Marked } from "marked";
import { describe, expect, test } from "vitest";
import { cases } from "../markdown_cases.js";
import { escape, toHtml } from "./html.js";

/** marked, made to do as we do: no HTML, no images, and fragments of addresses as we write them. */
const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escape(text.replace(/<!--[\s\S]*?-->/g, "")),
    image({ tokens }) {
      return this.parser.parseInline(tokens, this.parser.textRenderer);
    },
    code: ({ text, lang = "" }) => {
      const language = lang.trim().split(/[\s{]/)[0];
      return `<pre><code${language && ` class="language-${escape(language)}"`}>${escape(text)}\n</code></pre>`;
    },
    link({ href, tokens }) {
      return `<a href="${escape(encodeURI(href).replaceAll("%25", "%"))}">${this.parser.parseInline(tokens)}</a>`;
    },
  },
});

const BLOCK = "</?(?:p|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|h\\d|hr|pre|br)(?: [^>]*)?>";

function normalize(html: string): string {
  return html.replace(new RegExp(`\\s*(${BLOCK})\\s*`, "g"), "$1").replace(/\s+/g, " ").trim();
}

function markedHtml(markdown: string): string {
  return normalize(marked.parse(markdown, { async: false }));
}

describe("the cases", () => {
  for (const [name, markdown] of Object.entries(cases)) {
    test(`${name}: as marked renders it`, () => {
      expect(normalize(toHtml(markdown))).toBe(markedHtml(markdown));
    });
  }
});

describe("where we differ on purpose", () => {
  test("one tilde strikes nothing out", () => {
    expect(toHtml("from ~5 to ~10~")).toBe("<p>from ~5 to ~10~</p>");
  });

  test("numbered definitions and links do not turn marks into links", () => {
    expect(toHtml("[1]: https://evil.example\n")).not.toContain('">1</a>');
    expect(toHtml("So [1](https://evil.example) it is [2][1].")).toBe("<p>So [1] it is [2][1].</p>");
  });

  test("names of characters are resolved where we know them", () => {
    expect(toHtml("&copy; &nbsp;&rarr; &nosuch;")).toBe("<p>© \u00a0→ &amp;nosuch;</p>");
  });

  test("an address in the middle of a word is none", () => {
    expect(toHtml("xhttps://no.example")).toBe("<p>xhttps://no.example</p>");
  });

  test("quotes nested beyond all use are text", () => {
    expect(() => toHtml(">".repeat(50_000))).not.toThrow();
    expect(() => toHtml("- ".repeat(5_000) + "x")).not.toThrow();
  });
});

describe("the project's own documentation", () => {
  for (const file of pages(path.join(import.meta.dirname, "../../../../docs"))) {
    test(`${path.basename(file)} reads as marked reads it`, () => {
      const text = readFileSync(file, "utf8").replace(/^---\n[\s\S]*?\n---\n/, "");
      for (const section of text.split(/\n(?=#{1,6} )/).filter(isPlain)) {
        expect(normalize(toHtml(section))).toBe(markedHtml(section));
      }
    });
  }
});

/** HTML, which we show as text, and bare e-mail addresses, which we leave alone, are out of the comparison. */
function isPlain(section: string): boolean {
  return !/<[a-z/]|@/i.test(section.replace(/```[\s\S]*?```|`[^`]*`/g, ""));
}

function pages(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.mdx?$/.test(name))
    .map((name) => path.join(folder, name));
}

describe("hostile sizes", () => {
  const inputs = ["[", "![", "*a ", "**a_b ", "`a``b", "[a](b", "<a ", "> - ", "&#1;", "a*", "[1]", "\\", "http://", "| a ", "1. ", "~~a", "[a][", "<!--", "(", "_ "];
  for (const input of inputs) {
    test(`${JSON.stringify(input)}, over and over, takes no time`, () => {
      const start = performance.now();
      toHtml(input.repeat(8_000 / input.length));
      toHtml(`${input}\n`.repeat(8_000 / (input.length + 1)));
      expect(performance.now() - start).toBeLessThan(1500);
    });
  }
});
