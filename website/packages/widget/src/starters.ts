/** Questions to begin with on this page: those that its author names, the site's as the page has them or the server, or else one for each of its first sections. */

import type { fill } from "./strings/index.js";
import type { View } from "./view.js";

export interface Reading {
  parseSuggestions: (value: string) => string[];
  fill: typeof fill;
}

/** Sections to ask about: more than these are a table of contents. */
const MOST = 3;
/** Characters of a heading that still make a question. */
const LONGEST = 100;

/** In place of what the panel shows at first, which is the site's. */
export function showStarters({ root, strings }: View, { parseSuggestions, fill }: Reading, ofSite: readonly string[]): void {
  const welcome = root.querySelector(".welcome")!;
  const host = root.host as HTMLElement & { ask(question: string): Promise<boolean> };
  const named = (attribute: string): string[] => parseSuggestions(host.getAttribute(attribute) ?? "");
  const questions = [named("page-suggestions"), named("suggestions"), ofSite, aboutSections(strings, fill)].find((list) => list.length > 0) ?? [];
  const shown = welcome.querySelector(":scope > ul");
  if (questions.join("\n") === [...(shown?.children ?? [])].map(({ textContent }) => textContent).join("\n")) {
    return; // The focus may be on one of them.
  }
  const list = document.createElement("ul");
  list.ariaLabel = strings.suggestions;
  for (const question of questions) {
    const starter = document.createElement("button");
    starter.type = "button";
    starter.className = "suggestion";
    starter.part.add("suggestion");
    starter.textContent = question;
    starter.onclick = () => void host.ask(question);
    const item = document.createElement("li");
    item.append(starter);
    list.append(item);
  }
  shown?.remove();
  welcome.append(...(questions.length > 0 ? [list] : []));
}

function aboutSections(strings: View["strings"], put: typeof fill): string[] {
  const main = document.querySelector("article, main, [role=main]");
  const title = textOf(main?.querySelector("h1"));
  return [...(main?.querySelectorAll("h2") ?? [])]
    .filter((heading) => heading.checkVisibility() && !heading.closest("nav,aside,footer"))
    .map(textOf)
    .filter((heading) => heading !== "" && heading.length <= LONGEST)
    .slice(0, MOST)
    .map((heading) => {
      const isQuestion = /[?？؟]$/.test(heading);
      return isQuestion ? heading : title ? put(strings.moreIn, heading, title) : put(strings.more, heading);
    });
}

/** Without the link to itself, which many generators put at its end. */
const textOf = (heading: Element | null | undefined): string => (heading?.textContent ?? "").replace(/[\s\u200b#¶]+$/, "").trim();
