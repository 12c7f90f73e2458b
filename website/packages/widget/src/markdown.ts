/** Renders Markdown that is still arriving: blocks that are closed stay as they are, only the tail is made anew. */

import { parseBlocks, type Links, type Placed } from "./blocks.js";
import { renderBlocks, type Rendering } from "./nodes.js";

export class MarkdownView {
  readonly #links: Links = new Map();
  #closed = 0;
  #tail: ChildNode[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly rendering: Omit<Rendering, "links">,
  ) {}

  /** Shows the text, which begins with what was shown before. */
  show(text: string): void {
    // What may be half of a line break or half of a citation mark is held back.
    this.#render(normalize(text.replace(/\r$/, "")).replace(/\[\d*$/, ""));
  }

  /** Shows the whole text for good. */
  finish(text: string): void {
    const links = this.#render(normalize(text));
    if (links.size > 0) {
      this.#tail = []; // Links may have been used before they were defined.
      this.#closed = 0;
      this.root.replaceChildren();
      this.#render(normalize(text));
    }
  }

  /** Returns the links that are defined so far. */
  #render(text: string): Links {
    const lines = text.slice(this.#closed).split("\n");
    const links = new Map(this.#links);
    const blocks = parseBlocks(lines, links);
    const open = firstOpen(blocks, lines.length);
    const rendering = { ...this.rendering, links };
    for (const node of this.#tail) {
      node.remove();
    }
    this.root.append(...(renderBlocks(blocks.slice(0, open), rendering) as ChildNode[]));
    this.#tail = renderBlocks(blocks.slice(open), rendering) as ChildNode[];
    this.root.append(...this.#tail);
    const closed = lines.slice(0, blocks[open]?.line ?? 0);
    this.#closed += length(closed);
    parseBlocks(closed, this.#links); // A definition in the tail may still be half of one.
    return links;
  }
}

/**
 * Where the blocks begin that later text can change: the last one, and the one before it while the last one's first
 * line is not complete, since that line may still turn out to go on with it.
 */
function firstOpen(blocks: readonly Placed[], lines: number): number {
  const last = blocks.length - 1;
  return Math.max(0, blocks[last]?.line === lines - 1 ? last - 1 : last);
}

function length(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function normalize(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\u0000", "\ufffd");
}
