/** Renders Markdown that is still arriving: blocks that are closed stay as they are, only the tail is made anew. */

import { parseBlocks, type Placed } from "./blocks.js";
import { inFrames } from "./frames.js";
import { renderBlocks, type Rendering } from "./nodes.js";

/**
 * A block of so many characters ends there, and another begins: more than the 40,000 that the server lets an answer have by
 * default, and sixteen times what a model may write by default (1,024 tokens of about four characters).
 */
const LONGEST = 65_536;
/** Characters that are added at once. More that came at once, as from the store, is left for the next frames. */
const STEP = 1_024;
/** The open tail is read anew when it has grown by one part in so many: no text is read more often than that. */
const PARTS = 64;

export class MarkdownView {
  #text = "";
  /** How much was taken into the text, which has no carriage returns. */
  #taken = 0;
  #isWhole = false;
  #closed = 0;
  #shown = 0;
  /** What later text can change. */
  #tail: ChildNode[] = [];
  #isAdvancing = false;

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
    if (!this.#isAdvancing) {
      this.#isAdvancing = true;
      inFrames(this.#steps());
    }
  }

  *#steps(): Generator {
    for (;;) {
      const end = Math.min(this.#text.length, this.#shown + STEP, this.#closed + LONGEST);
      this.#render(end);
      this.#shown = end;
      if (end === this.#text.length) {
        break;
      }
      yield;
    }
    this.#isAdvancing = false;
    if (this.#isWhole) {
      yield* this.rendering.end();
    }
  }

  #render(end: number): void {
    const isFull = end === this.#closed + LONGEST;
    // What may be half of a citation mark is held back.
    const lines = this.#text.slice(this.#closed, end).replace(/\[\d*$/, this.#isWhole || isFull ? "$&" : "").split("\n");
    const blocks = parseBlocks(lines);
    const open = isFull ? blocks.length : firstOpen(blocks, lines.length);
    this.#tail = patchAll(this.root, this.#tail, renderBlocks(blocks, this.rendering)).slice(open);
    this.#closed = isFull ? end : lines.slice(0, blocks[open]?.line ?? 0).reduce((sum, line) => sum + line.length + 1, this.#closed);
  }
}

/**
 * Makes what is shown look like a fresh node, and keeps what does already: laying out a long list anew costs far more than
 * comparing it, and what readers have selected stays selected. Returns what is shown then.
 */
function patch(old: ChildNode, fresh: ChildNode): ChildNode {
  if (old.isEqualNode(fresh)) {
    return old;
  }
  if (old instanceof Text && fresh instanceof Text) {
    old.data = fresh.data;
  } else if (old instanceof Element && fresh instanceof Element && isSameTag(old, fresh)) {
    patchAll(old, [...old.childNodes], [...fresh.childNodes]);
  } else {
    old.replaceWith(fresh);
    return fresh;
  }
  return old;
}

function patchAll(parent: Element, shown: readonly ChildNode[], fresh: readonly ChildNode[]): ChildNode[] {
  shown.slice(fresh.length).forEach((node) => node.remove());
  return fresh.map((node, index) => {
    const old = shown[index];
    return old ? patch(old, node) : parent.appendChild(node);
  });
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
