/** Asks before something is deleted: at the second press, as there is no way back. */

import type { Strings } from "./strings/index.js";

/** Whether this press on the button was the second one; the first changes its words, until the focus leaves it. */
export function isSure(button: HTMLElement, { forget, forgetSure }: Strings): boolean {
  const sure = button.textContent === forgetSure;
  button.textContent = sure ? forget : forgetSure;
  button.addEventListener("blur", () => (button.textContent = forget), { once: true });
  return sure;
}
