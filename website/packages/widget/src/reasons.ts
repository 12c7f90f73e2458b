/** The form that asks why an answer did not help. */

import { button, create } from "./dom.js";
import type { View } from "./view.js";

export function renderReasons(send: (reason: string, comment: string) => void, { strings }: View): HTMLElement {
  let reason = "";
  const tags = Object.entries(strings.reasons).map(([name, label]) => {
    const tag = button({ class: "tag", "aria-pressed": "false" }, () => choose(name), label);
    return { name, tag };
  });
  const comment = create("textarea", { rows: 2, "aria-label": strings.comment, placeholder: strings.comment, maxlength: 1000 });
  const submit = button({ class: "plain" }, () => send(reason || "other", comment.value.trim()), strings.sendFeedback);

  function choose(name: string): void {
    reason = reason === name ? "" : name;
    for (const each of tags) {
      each.tag.setAttribute("aria-pressed", String(each.name === reason));
    }
  }

  return create(
    "div",
    { role: "group", "aria-label": strings.why },
    create("p", { class: "note" }, strings.why),
    create("div", { class: "tags" }, ...tags.map(({ tag }) => tag)),
    comment,
    submit,
  );
}
