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

  test("links are not defined elsewhere, so that a mark leads nowhere but to its source", () => {
    expect(toHtml("[1]: https://evil.example")).toBe('<p>[1]: <a href="https://evil.example">https://evil.example</a></p>');
    expect(toHtml("See [a][ref], [ref] and [2][1].\n\n[ref]: /x")).toBe("<p>See [a][ref], [ref] and [2][1].</p><p>[ref]: /x</p>");
  });

  test("a link whose text is a number, or looks like one, is text", () => {
    expect(toHtml("So [1](https://evil.example) it is.")).toBe("<p>So [1] it is.</p>");
    for (const label of ["\u200b1", " 1 ", "**1**", "１", "¹", "【1】", "[1]", "`1`", "1\ufeff\u00ad", "1, 2"]) {
      expect(toHtml(`So [${label}](https://evil.example) it is.`)).not.toContain("<a ");
    }
    expect(toHtml("[3.12](/x) and [v2](/y)")).toBe('<p><a href="/x">3.12</a> and <a href="/y">v2</a></p>');
  });

  test("a table's short rows are filled up, but not without end", () => {
    const wide = `${"|a".repeat(500)}|\n${"|-".repeat(500)}|\n${"|b|\n".repeat(500)}`;
    expect(toHtml(wide).match(/<td/g)!.length).toBe(500 + 1000);
  });

  test("emphasis nested beyond all use is text", () => {
    expect(() => toHtml(`${"*a **b ".repeat(20_000)}x${" c** d*".repeat(20_000)}`)).not.toThrow();
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

/** HTML, which we show as text, pictures, which we do not show, and bare e-mail addresses, which we leave alone, are out of the comparison. */
function isPlain(section: string): boolean {
  return !/<[a-z/]|@|!\[/i.test(section.replace(/```[\s\S]*?```|`[^`]*`/g, ""));
}

function pages(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.mdx?$/.test(name))
    .map((name) => path.join(folder, name));
}
