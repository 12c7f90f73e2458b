/** The button that opens the chat, in the corner of the page. */

import css from "./styles/launcher.css?inline";

const SVG = "http://www.w3.org/2000/svg";

export function labelFor(locale: string): string {
  return /^de/i.test(locale) ? "Doku fragen" : "Ask the docs";
}

export function createLauncher(root: ShadowRoot): HTMLButtonElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.part.add("launcher");
  button.ariaHasPopup = "dialog";
  button.ariaExpanded = "false";
  button.append(drawIcon(), document.createElement("span"));
  root.append(button);
  return button;
}

function drawIcon(): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  path.setAttribute("d", "M20 4H4v13h3v4l5-4h8zM8 9h8M8 13h5");
  svg.append(path);
  return svg;
}
