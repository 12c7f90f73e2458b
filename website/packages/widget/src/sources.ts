/** What an answer rests on: one line under it that opens to a list, and the marks in its text. */

import { linkTo } from "./citations.js";
import { button, create } from "./dom.js";
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
    create("li", {}, link(reference, create("a", { class: "source", part: "source" }, number(reference), create("span", { class: "place" }, nameOf(reference))), view)),
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

/** A mark, or what is shown of one, leads to the place. */
export function renderMark(reference: Reference, index: number, version: string, view: View, shown?: HTMLAnchorElement): HTMLAnchorElement {
  const { heading, quote } = reference;
  const place = heading ? `${nameOf(reference)} > ${heading}` : nameOf(reference);
  const mark = link(reference, shown ?? create("a", { class: "mark", part: "citation" }, String(index)), view);
  mark.ariaLabel = fill(view.strings.source, index, quote ? `${place}: “${quote}”` : place);
  view.cited.set(mark, { reference, version });
  return mark;
}

export function number({ numbers }: Reference): HTMLElement {
  return create("span", { class: "number" }, numbers.join(" · "));
}

export function nameOf({ title, url }: Reference): string {
  return title || url;
}

/** Makes a link lead to the place, wherever it has led before. */
export function link({ url, quote, fragment }: Reference, anchor: HTMLAnchorElement, view: View): HTMLAnchorElement {
  anchor.href = linkTo(url, fragment);
  // Docs on another site than the chat's open beside it.
  anchor.target = anchor.origin === location.origin ? "" : "_blank";
  anchor.onclick = (event) => view.follow(event, url, quote);
  return anchor;
}
