/** Where readers may go from the last answer: questions that follow from what was found, the site's search, its people. */

import { allowUrl } from "./citations.js";
import { button, create } from "./dom.js";
import { fill } from "./strings/index.js";
import type { Site } from "./site.js";
import { references, type Turn } from "./turn.js";
import type { View } from "./view.js";

const MOST_QUESTIONS = 3;

/** The page names its search in `search-url` and its people in `support-url`, or the site does, either with {question} in it. */
export function renderFurther(turn: Turn, view: View): HTMLElement[] {
  const { strings, root } = view;
  const press = (question: string): void => {
    root.querySelector<HTMLElement>(".log")!.focus({ preventScroll: true }); // The button that had it is about to go.
    view.ask(question);
  };
  const questions = followUps(turn, view).map((question) =>
    create("li", {}, button({ class: "suggestion", part: "suggestion" }, () => press(question), question)),
  );
  const exits = create("p", { class: "note exits last" });
  const showExits = (site?: Site): void => {
    const links = (["search", "support"] as const).flatMap((name) => {
      const template = root.host.getAttribute(`${name}-url`) ?? site?.[`${name}Url`] ?? "";
      const url = template && allowUrl(template.replaceAll("{question}", encodeURIComponent(turn.question)), document.baseURI);
      return url ? [" ", create("a", { href: url, part: `exit ${name}` }, strings.exits[name])] : [];
    });
    exits.hidden = links.length === 0;
    exits.replaceChildren(strings.notEnough, ...links);
  };
  showExits();
  void view.site?.then(showExits);
  return [
    ...(questions.length > 0 ? [create("ul", { class: "further last", "aria-label": strings.further }, ...questions)] : []),
    exits,
  ];
}

/** Of each section that was found for an answer, and that it does not cite. */
function followUps(turn: Turn, { strings }: View): string[] {
  if (turn.status !== "answered") {
    return [];
  }
  const questions = references(turn)
    .filter(({ cited, title }) => !cited && title !== "")
    .map(({ title, heading }) => {
      const section = heading.split(" > ").at(-1);
      return section ? fill(strings.moreIn, section, title) : fill(strings.more, title);
    });
  return [...new Set(questions)].filter((question) => question !== turn.question).slice(0, MOST_QUESTIONS);
}
