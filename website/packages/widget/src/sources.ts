/** The list of pages that an answer rests on, and the marks that lead to them. */

import { linkTo } from "./citations.js";
import { button, create } from "./dom.js";
import { fill } from "./strings/index.js";
import type { Reference } from "./turn.js";
import type { View } from "./view.js";

const SHOWN = 3;

/** All that the answer cites, or the first few pages that were found; the others at a press. */
export function renderSources(references: readonly Reference[], view: View): HTMLElement {
  const cited = references.filter((reference) => reference.cited).length;
  const shown = cited || SHOWN;
  const items = references.map((reference, index) =>
    create("li", { hidden: index >= shown }, renderSource(reference, view)),
  );
  const list = create("ol", {}, ...items);
  const section = create("section", { class: "sources", part: "sources" }, create("h4", {}, view.strings.sources), list);
  if (items.length > shown) {
    const more = button({ class: "link" }, show, fill(view.strings.more, items.length - shown));
    section.append(more);
    function show(): void {
      items.forEach((item) => (item.hidden = false));
      more.remove();
      items[shown]?.querySelector("a")?.focus();
    }
  }
  return section;
}

function renderSource(reference: Reference, view: View): HTMLElement {
  const { numbers, title, heading } = reference;
  return link(
    reference,
    { class: "source", part: "source" },
    view,
    create("span", { class: "number" }, numbers.join(" · ")),
    create("span", { class: "place" }, create("b", {}, title || reference.url), heading && ` › ${heading.replaceAll(" > ", " › ")}`),
  );
}

export function renderMark(reference: Reference, index: number, view: View): HTMLElement {
  const place = describe(reference);
  const label = fill(view.strings.source, index, place);
  const attributes = { class: "mark", part: "citation", "aria-label": label, title: place };
  return link(reference, attributes, view, String(index));
}

function link(
  { url, quote, fragment }: Reference,
  attributes: Record<string, string>,
  view: View,
  ...children: (Node | string)[]
): HTMLAnchorElement {
  // Docs on another site than the chat's open beside it.
  const outside = new URL(url, document.baseURI).origin !== location.origin;
  const anchor = create("a", { href: linkTo(url, fragment), target: outside && "_blank", ...attributes }, ...children);
  anchor.addEventListener("click", (event) => view.follow(event, url, quote));
  return anchor;
}

function describe({ title, heading, quote }: Reference): string {
  const place = heading ? `${title} > ${heading}` : title;
  return quote ? `${place}: “${quote}”` : place;
}
