/** Finds a cited sentence on the page that is open, scrolls to it and marks it. */

import { anchorOf } from "./citations.js";

const NAME = "askdocs-quote";

/** Characters of either end by which a quote is found that the page has with something else within. */
const END = 24;
/** Pixels between a header that covers the page's top and what is shown below it. */
const GAP = 16;

/**
 * The range of a quote in a tree, after the element `after` if it is there, else anywhere. Only letters and digits
 * count: white space differs where blocks meet, quotation marks and dashes as typographers set them, and links to
 * headings and footnotes stand between.
 */
export function findQuote(root: Node, quote: string, after?: Element | null): Range | undefined {
  const marks = quote.replace(/\s+/g, "").split(/[\p{L}\p{N}]+/u);
  const wanted = quote.split("").filter(isLetter).join("");
  const places: { node: Text; offset: number }[] = [];
  const letters: number[] = [];
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
    for (const { 0: unit, index: offset } of node.data.matchAll(/\S/g)) {
      if (isLetter(unit)) {
        letters.push(places.length);
        text += unit;
      }
      places.push({ node, offset });
    }
  }
  const [at, end] = search(text, wanted, from) ?? search(text, wanted, 0) ?? [0, 0];
  if (at === end) {
    return undefined;
  }
  // The marks around it, such as its full stop, are the quote's as far as it has them.
  const first = Math.max(letters[at]! - marks[0]!.length, (letters[at - 1] ?? -1) + 1);
  const last = Math.min(letters[end - 1]! + marks.at(-1)!.length, (letters[end] ?? places.length) - 1);
  const range = document.createRange();
  range.setStart(places[first]!.node, places[first]!.offset);
  range.setEnd(places[last]!.node, places[last]!.offset + 1);
  return range;
}

function isLetter(unit: string): boolean {
  return /[\p{L}\p{N}]/u.test(unit);
}

/** Where the text has what is wanted, or both of its ends with about as much between them. */
function search(text: string, wanted: string, from: number): [at: number, end: number] | undefined {
  let at = text.indexOf(wanted, from);
  if (at >= 0 || wanted.length < 2 * END) {
    return at < 0 ? undefined : [at, at + wanted.length];
  }
  at = text.indexOf(wanted.slice(0, END), from);
  const end = text.indexOf(wanted.slice(-END), at + END) + END;
  return at >= 0 && end > at && end < at + 2 * wanted.length ? [at, end] : undefined;
}

/** Goes to the heading and the quote on this page. */
export function showQuote(url: string, quote: string): void {
  const id = anchorOf(url, location.href);
  const heading = id === "" ? null : document.getElementById(id);
  const range = findQuote(document.querySelector("main") ?? document.body, quote, heading);
  const target = range?.startContainer.parentElement ?? heading;
  for (let details = target?.closest("details"); details; details = details.parentElement!.closest("details")) {
    details.open = true;
  }
  if (target) {
    scrollTo(target, (range ?? target).getBoundingClientRect(), !!range);
  }
  mark(range);
}

/** Brings a place within the target into the middle of the view, or to its top, and below what covers that. */
function scrollTo(target: HTMLElement, place: DOMRect, toMiddle: boolean): void {
  const top = Math.max(heightOfHeader(target, place.left + 1) + GAP, toMiddle ? (innerHeight - place.height) / 2 : 0);
  const padding = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  target.style.scrollMarginTop = `${top - padding - place.top + target.getBoundingClientRect().top}px`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  target.style.scrollMarginTop = "";
}

/** Pixels at the top of the view, at `left`, that bars cover, one below the other. */
function heightOfHeader(target: HTMLElement, left: number): number {
  let height = 0;
  for (let bar = document.elementFromPoint(left, 0); bar && !bar.contains(target); ) {
    const { bottom } = bar.getBoundingClientRect();
    if (/fixed|sticky/.test(getComputedStyle(bar).position) && bottom > height && bottom < innerHeight / 2) {
      height = bottom;
      bar = document.elementFromPoint(left, height);
    } else {
      bar = bar.parentElement;
    }
  }
  return height;
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
