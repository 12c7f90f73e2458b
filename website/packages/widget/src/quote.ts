/** Finds a cited sentence on the page that is open, scrolls to it and marks it. */

import { anchorOf } from "./citations.js";

const NAME = "askdocs-quote";

/**
 * The range of a quote in a tree, after the element `after` if it is there, else anywhere. White space does not
 * count: where blocks meet, pages have none and quotes have some.
 */
export function findQuote(root: Node, quote: string, after?: Element | null): Range | undefined {
  const wanted = quote.replace(/\s+/g, "");
  const places: { node: Text; offset: number }[] = [];
  let text = "";
  let from = 0;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node !== null; node = walker.nextNode() as Text | null) {
    if (node.parentElement?.closest("script, style, noscript")) {
      continue;
    }
    if (after && from === 0 && after.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) {
      from = text.length;
    }
    for (const { index } of node.data.matchAll(/\S/g)) {
      places.push({ node, offset: index });
      text += node.data.charAt(index);
    }
  }
  const behind = text.indexOf(wanted, from);
  const at = behind < 0 ? text.indexOf(wanted) : behind;
  const start = places[at];
  const end = places[at + wanted.length - 1];
  if (wanted === "" || !start || !end) {
    return undefined;
  }
  const range = document.createRange();
  range.setStart(start.node, start.offset);
  range.setEnd(end.node, end.offset + 1);
  return range;
}

/** Goes to the heading and the quote on this page. */
export function showQuote(url: string, quote: string): void {
  const id = anchorOf(url, location.href);
  const heading = id === "" ? null : document.getElementById(id);
  const range = findQuote(document.querySelector("main") ?? document.body, quote, heading);
  const target = range?.startContainer.parentElement ?? heading ?? document.documentElement;
  for (let details = target.closest("details"); details; details = details.parentElement!.closest("details")) {
    details.open = true;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: range ? "center" : "start", behavior: calm ? "auto" : "smooth" });
  mark(range);
}

function mark(range: Range | undefined): void {
  // Browsers without highlights show the place all the same.
  if (!("highlights" in CSS)) {
    return;
  }
  CSS.highlights.delete(NAME);
  if (range) {
    adoptStyle();
    CSS.highlights.set(NAME, new Highlight(range));
  }
}

let adopted = false;

function adoptStyle(): void {
  if (!adopted) {
    adopted = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`::highlight(${NAME}){background:#ffe066;color:#1a1a1a}`);
    document.adoptedStyleSheets.push(sheet);
  }
}
