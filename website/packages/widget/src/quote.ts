/**
 * Finds a cited sentence on the page, scrolls to it and marks it. Loaded when somebody follows a citation: nothing here
 * may import what the panel holds, or a panel under its other name would be loaded a second time.
 */

const NAME = "askdocs-quote";

/** Characters of either end by which a quote is found that the page has with something else within. */
const END = 24;
/** Pixels between a header that covers the page's top and what is shown below it. */
const GAP = 16;
/** Pixels of height that the chat keeps where it makes room for a sentence: an answer can still be read in it. */
const LEAST_CHAT = 320;
/** Milliseconds for a page to bring the quote. */
const PATIENCE = 4_000;
/** Milliseconds for which a page that has loaded may still move: routers scroll, fonts and pictures come. */
const REST = 1_500;
/** Milliseconds between two looks at a page that changes. */
const PAUSE = 50;

/**
 * The range of a quote in a tree, after the element `after` if it is there, else anywhere. White space does not count, since
 * it differs where blocks meet; and where the quote is not to be found as it stands, only letters and digits do: typographers
 * set quotation marks and dashes, and links to headings and footnotes stand between.
 */
export function findQuote(root: Node, quote: string, after?: Element | null): Range | undefined {
  const whole = quote.replace(/\s+/g, "");
  const marks = whole.split(/[\p{L}\p{N}]+/u);
  const wanted = quote.split("").filter(isLetter).join("");
  const places: { node: Text; offset: number }[] = [];
  const letters: number[] = [];
  let all = "";
  let text = "";
  let from = 0;
  let above = 0;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node !== null; node = walker.nextNode() as Text | null) {
    if (node.parentElement?.closest("script, style, noscript")) {
      continue;
    }
    if (after && from === 0 && after.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) {
      from = text.length;
      above = all.length;
    }
    for (const { 0: unit, index: offset } of node.data.matchAll(/\S/g)) {
      if (isLetter(unit)) {
        letters.push(places.length);
        text += unit;
      }
      all += unit;
      places.push({ node, offset });
    }
  }
  const exact = whole === "" ? -1 : all.indexOf(whole, above);
  if (exact >= 0) {
    return rangeOf(places[exact]!, places[exact + whole.length - 1]!);
  }
  const [at, end] = search(text, wanted, from) ?? search(text, wanted, 0) ?? [0, 0];
  if (at === end) {
    return undefined;
  }
  // The marks around it, such as its full stop, are the quote's as far as it has them.
  const first = Math.max(letters[at]! - marks[0]!.length, (letters[at - 1] ?? -1) + 1);
  const last = Math.min(letters[end - 1]! + marks.at(-1)!.length, (letters[end] ?? places.length) - 1);
  return rangeOf(places[first]!, places[last]!);
}

function rangeOf(first: { node: Text; offset: number }, last: { node: Text; offset: number }): Range {
  const range = document.createRange();
  range.setStart(first.node, first.offset);
  range.setEnd(last.node, last.offset + 1);
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

/** Ends the search for the quote that was asked for last. */
let awaited: AbortController | undefined;

/** Goes to the heading with this id ("" for none) and the quote on this page. */
export function showQuote(id: string, quote: string): void {
  awaited?.abort();
  const heading = headingOf(id);
  const range = findOnPage(heading, quote);
  mark(range);
  const place = range ?? heading;
  if (place) {
    scrollTo(place, matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
  }
  if (range) {
    showStart(range);
  }
}

/**
 * Shows the quote on a page that is only just coming, as soon as it has the quote: content may come late, and routers scroll
 * to the heading or replace what they rendered. Until the page rests, the quote is brought back whenever something else than
 * the reader moves it. Readers who scroll are left where they are, and so is a page that never has the quote.
 *
 * `isThere` says whether this document, which stays, shows the page by now. Without it the page is one that was loaded.
 */
export function awaitQuote(id: string, quote: string, isThere?: () => boolean): void {
  awaited?.abort();
  const over = (awaited = new AbortController());
  const { signal } = over;
  let range: Range | undefined;
  let isReaders = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function soon(): void {
    timer ??= setTimeout(look, PAUSE);
  }

  function look(): void {
    timer = undefined;
    if (signal.aborted || isThere?.() === false) {
      return;
    }
    const heading = headingOf(id);
    if (!range || !isShown(range)) {
      const found = findOnPage(heading, quote);
      if (!found || !isShown(found)) {
        return;
      }
      if (!range) {
        isReaders ||= !isThere && !isAsOpened(heading, found);
        setTimeout(() => over.abort(), document.readyState === "complete" ? REST : PATIENCE);
      }
      range = found;
      mark(range);
    }
    if (!isReaders) {
      if (!isClear(range)) {
        scrollTo(range, "instant");
      }
      showStart(range);
    }
  }

  function giveUp(): void {
    const heading = headingOf(id);
    if (!range) {
      over.abort();
      if (heading && isThere?.() && !isReaders && !isInView(heading.getBoundingClientRect())) {
        scrollTo(heading, "instant");
      }
    }
  }

  function touch({ target }: Event): void {
    // What happens in the chat moves no page.
    isReaders ||= !(target instanceof Element && target.matches("askdocs-chat"));
  }

  for (const event of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    addEventListener(event, touch, { capture: true, passive: true, signal });
  }
  addEventListener("scroll", soon, { capture: true, passive: true, signal });
  const changes = new MutationObserver(soon);
  const sizes = new ResizeObserver(soon);
  changes.observe(document.body, { childList: true, subtree: true });
  sizes.observe(document.body);
  signal.onabort = () => {
    changes.disconnect();
    sizes.disconnect();
  };
  setTimeout(giveUp, PATIENCE);
  look();
}

function headingOf(id: string): HTMLElement | null {
  return id === "" ? null : document.getElementById(id);
}

/** The quote on this page, no longer hidden by what can be opened. */
function findOnPage(heading: HTMLElement | null, quote: string): Range | undefined {
  const range = findQuote(document.querySelector("main") ?? document.body, quote, heading);
  for (let details = elementOf(range ?? heading)?.closest("details"); details; details = details.parentElement!.closest("details")) {
    details.open = true;
  }
  return range;
}

function elementOf(place: Range | HTMLElement | null): HTMLElement | null {
  return place instanceof Range ? place.startContainer.parentElement : place;
}

/** Whether the page still has it, and somewhere. */
function isShown(range: Range): boolean {
  return !range.collapsed && range.startContainer.isConnected && range.getClientRects().length > 0;
}

/** Whether it is in the view, or as much of it as has room, and nothing lies over it that it could be moved from. */
function isClear(range: Range): boolean {
  const rect = range.getBoundingClientRect();
  const { start, end, chat } = roomFor(elementOf(range)!, rect);
  return rect.top >= start && (chat ? rect.bottom <= chat.getBoundingClientRect().top : rect.bottom <= end || rect.top < end / 2);
}

/** Whether the page stands where browsers open it, at its top, the heading or the quote: not where a reader went. */
function isAsOpened(heading: HTMLElement | null, range: Range): boolean {
  return scrollY < 1 || [heading, range].some((place) => place && isInView(place.getBoundingClientRect()));
}

function isInView({ top, bottom }: DOMRect): boolean {
  return bottom > 0 && top < innerHeight;
}

/** Brings a sentence to the middle of what is free of the view, or a heading to its top. */
function scrollTo(place: Range | HTMLElement, behavior: ScrollBehavior): void {
  const target = elementOf(place)!;
  const rect = place.getBoundingClientRect();
  const { start, end, chat } = roomFor(target, rect);
  const top = Math.max(start + GAP, place instanceof Range ? (end - rect.height) / 2 : 0);
  const padding = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  target.style.scrollMarginTop = `${top - padding - rect.top + target.getBoundingClientRect().top}px`;
  target.scrollIntoView({ behavior });
  target.style.scrollMarginTop = "";
  const { top: above = end, bottom = end } = chat?.getBoundingClientRect() ?? {};
  if (chat && above < end) {
    chat.style.blockSize = `${bottom - end}px`;
    // It is as tall as before once somebody turns to it.
    chat.addEventListener("focusin", () => (chat.style.blockSize = ""), { once: true });
  }
}

/** Brings back the beginning of a long line that was scrolled out of its box, as browsers do for text fragments. */
function showStart(range: Range): void {
  for (let box = elementOf(range); box && box !== document.body; box = box.parentElement) {
    const hidden = box.getBoundingClientRect().left + GAP - range.getClientRects()[0]!.left;
    if (box.scrollLeft > 0 && hidden > 0) {
      box.scrollLeft -= hidden;
    }
  }
}

/**
 * From where to where the view is free for what is at `rect`: below bars, and above the chat, which may have to be less
 * tall for that; where it would be too low, or is beside the place, it does not count.
 */
function roomFor(target: HTMLElement, rect: DOMRect): { start: number; end: number; chat?: HTMLElement } {
  const start = heightOfHeader(target, rect.left + 1);
  const chat = document.querySelector("askdocs-chat")?.shadowRoot?.querySelector("dialog");
  const { left = 0, right = 0, top = 0, bottom = 0 } = chat?.getBoundingClientRect() ?? {};
  const end = Math.max(top, start + rect.height + 2 * GAP);
  const isOver = left < rect.right && right > rect.left && bottom - end >= LEAST_CHAT;
  return chat && isOver ? { start, end, chat } : { start, end: innerHeight };
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
    // What a link with a text fragment marks is the same sentence: it would have two colours.
    sheet.replaceSync(`::highlight(${NAME}){background:#ffe066;color:#1a1a1a}::target-text{background:none;color:currentcolor}`);
    document.adoptedStyleSheets.push(sheet);
  }
}
