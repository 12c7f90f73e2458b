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
    const closing = renderBlocks(blocks.slice(0, open), rendering);
    const tail = renderBlocks(blocks.slice(open), rendering);
    patch(this.root, this.#tail, [...closing, ...tail]);
    this.#tail = tail.length > 0 ? [...this.root.childNodes].slice(-tail.length) : [];
    const closed = lines.slice(0, blocks[open]?.line ?? 0);
    this.#closed += length(closed);
    parseBlocks(closed, this.#links); // A definition in the tail may still be half of one.
    return links;
  }
}

/**
 * Replaces the last nodes of a parent, but for what looks the same: laying out a long list anew costs far more than
 * comparing it, and what readers have selected stays selected.
 */
function patch(parent: Element, shown: readonly ChildNode[], fresh: readonly Node[]): void {
  fresh.forEach((node, index) => {
    const old = shown[index];
    if (old === undefined) {
      parent.append(node);
    } else if (old.isEqualNode(node)) {
      return;
    } else if (old instanceof Element && node instanceof Element && isSameTag(old, node)) {
      patch(old, [...old.childNodes], [...node.childNodes]);
    } else {
      old.replaceWith(node);
    }
  });
  shown.slice(fresh.length).forEach((node) => node.remove());
}

function isSameTag(one: Element, other: Element): boolean {
  return one.cloneNode(false).isEqualNode(other.cloneNode(false));
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
