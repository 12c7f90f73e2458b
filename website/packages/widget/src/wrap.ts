/** Long lines of code: a button in the bar of each block that has some shows them whole. */

import { iconButton } from "./dom.js";
import type { View } from "./view.js";

const WRAP = "M4 6h16M4 12h13a3 3 0 0 1 0 6h-5M14 15l-3 3 3 3M4 18h3";

export function offerWrap(block: Element, { strings }: View): void {
  const { scrollWidth, clientWidth } = block.querySelector("pre")!;
  if (scrollWidth > clientWidth) {
    const button = iconButton(WRAP, strings.wrap, "wrap", () => {
      button.ariaPressed = String(block.classList.toggle("wrapped"));
    });
    button.ariaPressed = "false";
    block.querySelector(".bar span")!.after(button);
  }
}
