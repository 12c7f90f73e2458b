/** The panel's style sheet, shared by all panels of a page. */

import answer from "./styles/answer.css?inline";
import panel from "./styles/panel.css?inline";

let sheet: CSSStyleSheet | undefined;

export function adoptStyles(root: ShadowRoot): void {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(panel + answer);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) {
    root.adoptedStyleSheets.push(sheet);
  }
}
