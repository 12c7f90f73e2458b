/** What an answer rests on: one line under it that opens to a list, and the marks in its text. */

import { linkTo } from "./citations.js";
import { button, create, type Child } from "./dom.js";
import { loadExtras } from "./lazy.js";
import { fill } from "./strings/index.js";
import type { Reference } from "./turn.js";
import type { View } from "./view.js";

/** Of pages that were found but not cited, so many stand in the line. */
const SHOWN = 3;

/** A line with all that the answer cites, or the first few pages that were found; a button opens the list of all. */
export function renderSources(references: readonly Reference[], view: View): HTMLElement {
  const { strings } = view;
  const cited = references.filter((reference) => reference.cited);
  const chips = (cited.length > 0 ? cited : references.slice(0, SHOWN)).map((reference) =>
    create("li", {}, link(reference, { class: "source", part: "source" }, view, number(reference), create("span", { class: "place" }, nameOf(reference)))),
  );
  const line = create("ul", { class: "chips", "aria-label": strings.sources }, ...chips);
  const all = button({ class: "all", "aria-expanded": "false" }, toggle, `${strings.sources} ${references.length}`);
  const section = create("section", { class: "sources", part: "sources" }, all, line);
  let list: HTMLElement | undefined;

  async function toggle(): Promise<void> {
    try {
      list ??= (await loadExtras(view)).renderSourceList(references, view);
    } catch {
      all.append(create("span", { class: "note" }, ` ${strings.failures.part}`));
      view.say(strings.failures.part);
      return;
    }
    all.querySelector(".note")?.remove();
    const open = all.ariaExpanded !== "true";
    all.ariaExpanded = String(open);
    line.hidden = open;
    open ? section.append(list) : list.remove();
  }

  return section;
}

export function renderMark(reference: Reference, index: number, version: string, view: View): HTMLElement {
  const { heading, quote } = reference;
  const place = heading ? `${nameOf(reference)} > ${heading}` : nameOf(reference);
  const label = fill(view.strings.source, index, quote ? `${place}: “${quote}”` : place);
  const mark = link(reference, { class: "mark", part: "citation", "aria-label": label }, view, String(index));
  view.cited.set(mark, { reference, version });
  return mark;
}

export function number({ numbers }: Reference): HTMLElement {
  return create("span", { class: "number" }, numbers.join(" · "));
}

export function nameOf({ title, url }: Reference): string {
  return title || url;
}

export function link(
  { url, quote, fragment }: Reference,
  attributes: Record<string, string>,
  view: View,
  ...children: Child[]
): HTMLAnchorElement {
  // Docs on another site than the chat's open beside it.
  const outside = new URL(url, document.baseURI).origin !== location.origin;
  const anchor = create("a", { href: linkTo(url, fragment), target: outside && "_blank", ...attributes }, ...children);
  anchor.addEventListener("click", (event) => view.follow(event, url, quote));
  return anchor;
}
