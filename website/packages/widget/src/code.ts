/** A block of code with its language and a button that copies it. */

import { create, iconButton } from "./dom.js";
import { loadExtras } from "./lazy.js";
import { fill } from "./strings/index.js";
import type { View } from "./view.js";

export function renderCode(text: string, language: string, view: View): HTMLElement {
  const label = fill(view.strings.code, language).trim();
  return create(
    "div",
    { class: "code", part: "code" },
    create("div", { class: "bar" }, create("span", {}, language), copyButton(view.strings.copyCode, readCode, view)),
    create("pre", { tabindex: 0, role: "group", "aria-label": label, dir: "ltr" }, create("code", {}, text)),
  );
}

/** What the block holds when it is copied, which may be more than when its button was made. */
function readCode(button: HTMLElement): string {
  return button.closest(".code")!.querySelector("code")!.textContent;
}

/** A button that copies what `read` says, and shows for a moment that it did. What does so comes with the extras. */
export function copyButton(label: string, read: (button: HTMLElement) => string, view: View): HTMLButtonElement {
  const made = iconButton("copy", label, "copy", async () => {
    try {
      await (await loadExtras(view)).copyAndShow(made, read(made), view);
    } catch {
      view.say(view.strings.failures.part);
    }
  });
  return made;
}
