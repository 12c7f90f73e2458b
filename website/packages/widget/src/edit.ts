/** Turns a question into a field in which it can be worded anew. */

import { button, create } from "./dom.js";
import { readSettings } from "./settings.js";
import type { View } from "./view.js";

/** `opener` gets the focus back when nothing comes of it. */
export function editQuestion(heading: HTMLElement, opener: HTMLElement, ask: (question: string) => void, view: View): void {
  const { strings } = view;
  const { maxLength } = readSettings(view.root.host as HTMLElement);
  const field = create("textarea", { "aria-label": strings.edit, dir: "auto", rows: 2, maxlength: maxLength });
  const form = create(
    "form",
    { class: "edit", part: "edit" },
    field,
    create("button", { class: "plain" }, strings.ask),
    button({ class: "link" }, cancel, strings.cancel),
  );
  field.value = heading.textContent;
  field.addEventListener("keydown", (event) => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari tells Enter that ends a composition by the code 229 alone.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && !isComposing) {
      event.stopPropagation(); // It would close the chat.
      event.preventDefault();
      cancel();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (question !== "") {
      ask(question);
    }
  });
  heading.hidden = true;
  heading.after(form);
  field.focus();
  field.select();

  function cancel(): void {
    form.remove();
    heading.hidden = false;
    opener.focus();
  }
}
