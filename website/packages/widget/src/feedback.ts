/** Thumbs under an answer; a thumb down may say why. */

import type { Feedback } from "./client.js";
import type { Vote } from "./contract.js";
import { button, create, iconButton } from "./dom.js";
import type { View } from "./view.js";

export interface FeedbackView {
  buttons: HTMLElement[];
  /** Where the reasons and the thanks appear. */
  form: HTMLElement;
}

export function renderFeedback(
  vote: Vote | undefined,
  send: (feedback: Feedback) => Promise<void>,
  view: View,
): FeedbackView {
  const { strings } = view;
  const form = create("div", { class: "feedback", part: "feedback" });
  const up = iconButton("like", strings.up, "vote", () => give("up"));
  const down = iconButton("dislike", strings.down, "vote", () => give("down"));
  press(vote);

  function press(chosen: Vote | undefined): void {
    up.setAttribute("aria-pressed", String(chosen === "up"));
    down.setAttribute("aria-pressed", String(chosen === "down"));
  }

  async function give(chosen: Vote, reason = "", comment = ""): Promise<void> {
    press(chosen);
    (chosen === "up" ? up : down).focus(); // The form that had it may be about to go.
    const isVote = reason === "" && comment === "";
    const reasons = chosen === "down" && isVote ? renderReasons((why, words) => void give("down", why, words), view) : undefined;
    form.replaceChildren(...(reasons ? [reasons] : []));
    reasons?.querySelector("button")?.focus();
    try {
      await send({ vote: chosen, reason, comment });
      if (!reasons) {
        tell(strings.thanks);
      }
    } catch {
      press(undefined);
      tell(strings.failures.feedback);
    }
  }

  function tell(text: string): void {
    form.replaceChildren(create("p", { class: "note" }, text));
    view.say(text);
  }

  return { buttons: [up, down], form };
}

function renderReasons(send: (reason: string, comment: string) => void, { strings }: View): HTMLElement {
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
