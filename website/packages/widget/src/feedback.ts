/** Thumbs under an answer; a thumb down may say why. */

import type { Feedback } from "./client.js";
import type { Vote } from "./contract.js";
import { create, iconButton } from "./dom.js";
import { renderReasons } from "./reasons.js";
import type { View } from "./view.js";

const LIKE = "M8 20H4V10h4zm0-10 4-7c1.5 0 2.5 1 2.5 2.5L14 9h4.5a2 2 0 0 1 2 2.300l-1.200 7a2 2 0 0 1-2 1.700H8";
const DISLIKE = "M16 4h4v10h-4zm0 10-4 7c-1.5 0-2.5-1-2.5-2.5L10 15H5.5a2 2 0 0 1-2-2.300l1.200-7a2 2 0 0 1 2-1.700H16";

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
  const up = iconButton(LIKE, strings.up, "vote", () => give("up"));
  const down = iconButton(DISLIKE, strings.down, "vote", () => give("down"));
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
