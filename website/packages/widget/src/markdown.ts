/** Renders Markdown that is still arriving: blocks that are closed stay as they are, only the tail is made anew. */

import { parseBlocks, type Placed } from "./blocks.js";
import { create } from "./dom.js";
import { renderBlocks, type Rendering } from "./nodes.js";

/**
 * So many characters are read as Markdown, the rest is shown as it is: more than the 40,000 that the server lets an
 * answer have by default, and sixteen times what a model may write by default (1,024 tokens of about four characters).
 */
const LONGEST = 65_536;
/** Characters that are added at once. More that came at once, as from the store, is left for the next frames. */
const STEP = 8_192;
/** The open tail is read anew when it has grown by one part in so many: no text is read more often than that. */
const PARTS = 64;

export class MarkdownView {
  #text = "";
  /** How much was taken into the text, which has no carriage returns. */
  #taken = 0;
  #isWhole = false;
  #closed = 0;
  #shown = 0;
  #tail: ChildNode[] = [];
  #rest: Text | undefined;
  #frame: number | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly rendering: Rendering,
  ) {}

  /** Shows the text, which begins with what was shown before. */
  show(text: string): void {
    // What may be half of a line break is held back.
    this.#take(text.replace(/\r$/, ""));
    if ((this.#text.length - this.#shown) * PARTS >= this.#shown - this.#closed) {
      this.#advance();
    }
  }

  /** Shows the whole text for good. */
  finish(text: string): void {
    this.#take(text);
    this.#isWhole = true;
    this.#advance();
  }

  #take(text: string): void {
    this.#text += text.slice(this.#taken).replace(/\r\n?/g, "\n").replaceAll("\u0000", "\ufffd");
    this.#taken = text.length;
  }

  #advance(): void {
    if (this.#frame === undefined) {
      const end = Math.min(this.#text.length, this.#shown + STEP);
      if (this.#rest === undefined) {
        this.#render(Math.min(end, LONGEST));
      }
      this.#showRest(end);
      this.#shown = end;
      if (end < this.#text.length) {
        this.#frame = requestAnimationFrame(() => {
          this.#frame = undefined;
          this.#advance();
        });
      } else if (this.#isWhole) {
        this.rendering.end();
      }
    }
  }

  #render(end: number): void {
    // What may be half of a citation mark is held back.
    const half = this.#isWhole || end === LONGEST ? /$/ : /\[\d*$/;
    const lines = this.#text.slice(this.#closed, end).replace(half, "").split("\n");
    const blocks = parseBlocks(lines);
    const open = firstOpen(blocks, lines.length);
    const closing = renderBlocks(blocks.slice(0, open), this.rendering);
    const tail = renderBlocks(blocks.slice(open), this.rendering);
    patch(this.root, this.#tail, [...closing, ...tail]);
    this.#tail = tail.length > 0 ? [...this.root.childNodes].slice(-tail.length) : [];
    this.#closed += length(lines.slice(0, blocks[open]?.line ?? 0));
  }

  /** Shows what is beyond Markdown. */
  #showRest(end: number): void {
    if (end > LONGEST) {
      if (this.#rest === undefined) {
        this.#rest = document.createTextNode("");
        this.root.append(create("p", { class: "rest" }, this.#rest));
      }
      this.#rest.appendData(this.#text.slice(LONGEST + this.#rest.length, end));
    }
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
