/** Colours code, once it is complete. Its text stays what it is. */

import { create } from "./dom.js";

/**
 * Characters of a block and of a line in it that are looked at. A word of n letters takes a time of n²: at these limits
 * the worst block of the worst language took 30 ms on a two-core server, and code that people read 1 ms.
 */
const MOST = 8_000;
const WIDEST = 400;

/** Colours these blocks, of which each names its language in its bar. They stay plain where that cannot be loaded. */
export async function highlight(blocks: Iterable<Element>): Promise<void> {
  for (const block of blocks) {
    const language = block.querySelector(".bar span")!.textContent.toLowerCase();
    const code = block.querySelector("pre code")!;
    const text = code.textContent;
    const isFit = text.length <= MOST && text.split("\n").every((line) => line.length <= WIDEST);
    const loaded = language && isFit && (await import("./languages.js").catch(() => undefined));
    const found = loaded && loaded.tokens(text, language);
    if (found) {
      code.replaceChildren(...found.map(([part, type]) => (type ? create("span", { class: type }, part) : part)));
    }
  }
}
