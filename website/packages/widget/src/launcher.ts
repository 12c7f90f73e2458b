/** The button that opens the chat, in the corner of the page. */

import css from "./styles/launcher.css?inline";

export function createLauncher(root: ShadowRoot): HTMLButtonElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.part = "launcher";
  button.ariaHasPopup = "dialog";
  root.append(button);
  return button;
}
