/** Makes DOM nodes of Markdown: no HTML, no images, no addresses but those that are allowed. */

import type { Item, Placed } from "./blocks.js";
import { allowUrl } from "./citations.js";
import { create } from "./dom.js";
import { parseInlines, type Inline } from "./inlines.js";

export interface Rendering {
  /** What relative addresses are relative to. */
  base: string;
  /** A link for the mark [index], or undefined when there is no such source. */
  cite(index: number): Node | undefined;
  /** What is to be done, step by step, once the whole text is there. */
  end(): Iterable<unknown>;
  /** A block of code with what surrounds it. */
  code(text: string, language: string): ChildNode;
  tableLabel: string;
}

export function renderBlocks(blocks: readonly Placed[], rendering: Rendering): ChildNode[] {
  return blocks.map((block) => renderBlock(block, rendering));
}

function renderBlock(block: Placed, rendering: Rendering): ChildNode {
  const text = (content: string): Node[] => renderText(content, rendering);
  switch (block.type) {
    case "paragraph":
      return create("p", {}, ...text(block.text));
    case "heading":
      // The chat's title is a second level and each question a third: an answer's headings begin below.
      return create(`h${Math.min(block.level + 3, 6)}` as "h4", {}, ...text(block.text));
    case "code":
      return rendering.code(block.text, block.language);
    case "quote":
      return create("blockquote", {}, ...renderBlocks(block.blocks, rendering));
    case "list": {
      const { start, loose } = block;
      const items = block.items.map((item) => renderItem(item, loose, rendering));
      return start === undefined ? create("ul", {}, ...items) : create("ol", { start: start !== 1 && start }, ...items);
    }
    case "table": {
      const [head = [], ...rows] = block.rows;
      const row = (tag: "th" | "td", cells: string[]): HTMLElement =>
        create("tr", {}, ...cells.map((cell, column) => create(tag, { class: block.align[column] || false }, ...text(cell))));
      return create(
        "div",
        { class: "table", role: "group", tabindex: 0, "aria-label": rendering.tableLabel },
        create(
          "table",
          {},
          create("thead", {}, row("th", head)),
          create("tbody", {}, ...rows.map((cells) => row("td", cells))),
        ),
      );
    }
    case "rule":
      return create("hr");
    case "nothing":
      return document.createTextNode("");
  }
}

function renderItem({ checked, blocks }: Item, loose: boolean, rendering: Rendering): HTMLElement {
  return create(
    "li",
    {},
    checked !== undefined && create("input", { type: "checkbox", disabled: true, checked }),
    ...blocks.flatMap((block) =>
      block.type === "paragraph" && !loose ? renderText(block.text, rendering) : renderBlocks([block], rendering),
    ),
  );
}

function renderText(text: string, rendering: Rendering): Node[] {
  const nodes = parseInlines(text).map((piece) => renderInline(piece, rendering));
  nodes.forEach((node, index) => {
    const before = nodes[index - 1];
    if (node instanceof HTMLAnchorElement && node.classList.contains("mark") && before instanceof Text) {
      before.data = before.data.trimEnd(); // A mark stays with its word.
    }
  });
  return nodes;
}

function renderInline(piece: Inline, rendering: Rendering): Node {
  switch (piece.type) {
    case "text":
      return document.createTextNode(piece.text);
    case "code":
      return create("code", {}, piece.text);
    case "strong":
    case "em":
    case "del":
      return create(piece.type, {}, ...piece.children.map((child) => renderInline(child, rendering)));
    case "link":
      return renderLink(piece, rendering);
    case "mark":
      // Marks of sources that the server never named, such as the one in `items[0]`, stay text.
      return rendering.cite(piece.index) ?? document.createTextNode(`[${piece.index}]`);
    case "break":
      return create("br");
  }
}

function renderLink({ href, children }: Extract<Inline, { type: "link" }>, rendering: Rendering): Node {
  const label = children.map((child) => renderInline(child, rendering));
  const url = allowUrl(href, rendering.base);
  if (url === undefined) {
    return create("span", {}, ...label);
  }
  const outside = new URL(url).origin !== new URL(rendering.base).origin;
  return create("a", { href: url, rel: "noopener noreferrer nofollow ugc", target: outside && "_blank" }, ...label);
}
