/** What the next question is about, apart from its words: it stands above the field until it is asked or taken away. */

import { create, iconButton } from "./dom.js";
import type { Excerpt } from "./turn.js";
import type { View } from "./view.js";

/** Characters; as the server's default: answers.max_excerpt_chars. */
const MOST = 4_000;

/** Code has a language, "text" where it is not known. One excerpt takes the place of another. */
export function askAbout(view: View, { text, language = "" }: Excerpt): void {
  const composer = view.root.querySelector(".composer")!;
  const field = composer.querySelector("textarea")!;
  const excerpt = { text: cut(text.replace(/\n{3,}/g, "\n\n").trim()), language };
  const remove = iconButton("close", view.strings.notAbout, "remove", () => {
    take();
    field.focus();
  });
  const shown = create("div", { class: "about", part: "excerpt", id: "about" }, create("blockquote", { class: language && "mono", dir: "auto" }, excerpt.text), remove);
  const take = (): Excerpt => {
    shown.remove();
    view.takeExcerpt = undefined;
    return excerpt;
  };
  view.takeExcerpt?.();
  view.takeExcerpt = take;
  composer.prepend(shown);
  field.setAttribute("aria-describedby", "about hint");
  field.focus({ preventScroll: true });
}

/** After a word where it is too long, and said to be. */
function cut(text: string): string {
  const end = Math.max(text.lastIndexOf(" ", MOST - 2), text.lastIndexOf("\n", MOST - 2));
  return text.length > MOST ? `${text.slice(0, end > 0 ? end : MOST - 2)} …` : text;
}
