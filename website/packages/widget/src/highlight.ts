/** Colours code, once it is complete. Its text stays what it is. */

import { create } from "./dom.js";

/**
 * Characters of a block and of a line in it that are looked at, and a gap that is too long. Words and gaps of n characters
 * take a time of n²: of 21 hostile patterns in each language the worst took 35 ms within these limits (Node 20, a two-core
 * server; 300 ms with gaps of any length), and ordinary code 0.2 ms.
 */
const MOST = 8_000;
const WIDEST = 400;
const BLANK = /\s{100}/;

/** When the browser has nothing else to do: an answer may hold many blocks. Safari has no such callback. */
function idle(): Promise<unknown> {
  return new Promise((resolve) => ("requestIdleCallback" in globalThis ? requestIdleCallback(resolve, { timeout: 2_000 }) : setTimeout(resolve, 50)));
}

/**
 * Colours these blocks, of which each names its language in its bar; they stay plain where that cannot be loaded. `look` is given each
 * of them before.
 */
export async function highlight(blocks: Iterable<Element>, look?: (block: Element) => void): Promise<void> {
  for (const block of blocks) {
    await idle();
    look?.(block);
    const language = block.querySelector(".bar span")!.textContent.toLowerCase();
    const code = block.querySelector("pre code")!;
    const text = code.textContent;
    const isFit = text.length <= MOST && !BLANK.test(text) && text.split("\n").every((line) => line.length <= WIDEST);
    const loaded = language && isFit && (await import("./languages.js").catch(() => undefined));
    const found = loaded && loaded.tokens(text, language);
    if (found) {
      code.replaceChildren(...found.map(([part, type]) => (type ? create("span", { class: type }, part) : part)));
    }
  }
}
