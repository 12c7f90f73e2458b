/** Our blocks as HTML, to compare with what marked makes of the same text. */

import { parseBlocks, type Item, type Placed } from "../../src/blocks.js";
import { parseInlines, type Inline } from "../../src/inlines.js";

export function toHtml(markdown: string): string {
  const blocks = parseBlocks(markdown.split("\n"));
  return blocks.map((block) => renderBlock(block)).join("");
}

function renderBlock(block: Placed): string {
  const text = (content: string): string => renderText(content);
  switch (block.type) {
    case "paragraph":
      return `<p>${text(block.text)}</p>`;
    case "heading":
      return `<h${block.level}>${text(block.text)}</h${block.level}>`;
    case "code":
      return `<pre><code${block.language && ` class="language-${escape(block.language)}"`}>${escape(block.text)}\n</code></pre>`;
    case "quote":
      return `<blockquote>${block.blocks.map((inner) => renderBlock(inner)).join("")}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => renderItem(item, block.loose)).join("");
      const start = block.start === undefined || block.start === 1 ? "" : ` start="${block.start}"`;
      return block.start === undefined ? `<ul>${items}</ul>` : `<ol${start}>${items}</ol>`;
    }
    case "table": {
      const row = (tag: string, cells: string[]): string =>
        `<tr>${cells.map((cell, at) => `<${tag}${block.align[at] && ` align="${block.align[at]}"`}>${text(cell)}</${tag}>`).join("")}</tr>`;
      const [head = [], ...rows] = block.rows;
      const body = rows.length > 0 ? `<tbody>${rows.map((cells) => row("td", cells)).join("")}</tbody>` : "";
      return `<table><thead>${row("th", head)}</thead>${body}</table>`;
    }
    case "rule":
      return "<hr>";
    case "nothing":
      return "";
  }
}

function renderItem({ checked, blocks }: Item, loose: boolean): string {
  const box = checked === undefined ? "" : `<input ${checked ? 'checked="" ' : ""}disabled="" type="checkbox"> `;
  const inner = blocks.map((block) =>
    block.type === "paragraph" && !loose ? renderText(block.text) : renderBlock(block),
  );
  return `<li>${box}${inner.join("")}</li>`;
}

function renderText(text: string): string {
  return parseInlines(text).map(renderInline).join("");
}

function renderInline(piece: Inline): string {
  switch (piece.type) {
    case "text":
      return escape(piece.text);
    case "code":
      return `<code>${escape(piece.text)}</code>`;
    case "strong":
    case "em":
    case "del":
      return `<${piece.type}>${piece.children.map(renderInline).join("")}</${piece.type}>`;
    case "link":
      return `<a href="${escape(encodeURI(piece.href).replaceAll("%25", "%"))}">${piece.children.map(renderInline).join("")}</a>`;
    case "mark":
      return `[${piece.index}]`;
    case "break":
      return "<br>";
  }
}

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
