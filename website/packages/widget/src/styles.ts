/** Style sheets, each shared by all panels of a page. */

import answer from "./styles/answer.css?inline";
import panel from "./styles/panel.css?inline";

const sheets = new Map<string, CSSStyleSheet>();

export function adoptStyles(root: ShadowRoot): void {
  adoptSheet(root, panel + answer);
}

export function adoptSheet(root: ShadowRoot, css: string): void {
  let sheet = sheets.get(css);
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(css, sheet);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) {
    root.adoptedStyleSheets.push(sheet);
  }
}
