/** All pages that an answer rests on, each with its path of headings and the sentence that is cited. */

import { create } from "./dom.js";
import { link, nameOf, number } from "./sources.js";
import type { Reference } from "./turn.js";
import type { View } from "./view.js";

export function renderSourceList(references: readonly Reference[], view: View): HTMLElement {
  const items = references.map((reference) =>
    create("li", {}, link(reference, create("a", { class: "entry" }, number(reference), renderPlace(reference)), view)),
  );
  return create("ol", { class: "list" }, ...items);
}

/** Title › heading › heading, and below it the sentence, where one is known. */
export function renderPlace(reference: Reference): HTMLElement {
  const { heading, quote } = reference;
  return create(
    "span",
    { class: "where" },
    create("b", {}, nameOf(reference)),
    heading && ` › ${heading.replaceAll(" > ", " › ")}`,
    quote && create("q", {}, quote),
  );
}
