/** What can be done with a question that has had its answer, or none. */

import type { Feedback } from "./client.js";
import { copyAndShow } from "./clipboard.js";
import { copyButton } from "./code.js";
import { announce } from "./contract.js";
import { create, iconButton } from "./dom.js";
import { editQuestion } from "./edit.js";
import { renderFeedback } from "./feedback.js";
import { renderFurther } from "./further.js";
import { highlight } from "./highlight.js";
import { holdBack } from "./hold_back.js";
import { currentPage } from "./settings.js";
import { explain } from "./refusal.js";
import { references, type Turn } from "./turn.js";
import type { View } from "./view.js";
import { offerWrap } from "./wrap.js";

const LINK = "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1";
const AGAIN = "M20 11a8 8 0 1 0-2 6M20 5v6h-6";
const EDIT = "M4 20h4L19 9l-4-4L4 16zM13 7l4 4";

export function renderActions(turn: () => Turn, question: HTMLElement, view: View): HTMLElement[] {
  const { strings, root } = view;
  const { vote, state, text, failure } = turn();
  const retry = question.parentElement!.querySelector<HTMLButtonElement>(".failure button");
  if (retry && failure) {
    retry.previousElementSibling!.textContent = explain(failure, strings);
    holdBack(retry, failure.retryAt, strings);
  }
  const blocks = question.parentElement!.querySelectorAll(".code");
  void highlight(blocks, (block) => offerWrap(block, view));
  const isDone = state === "done";
  const { buttons, form } = renderFeedback(vote, (feedback) => giveFeedback(turn(), feedback, view), view);
  const link = iconButton(LINK, strings.link, "link", () => copyAndShow(link, linkTo(turn(), root.host as HTMLElement), view, LINK));
  const edit = iconButton(EDIT, strings.edit, "edit", () => editQuestion(question, edit, (words) => view.retry(turn(), words), view));
  const again = iconButton(AGAIN, strings.again, "again", () => view.retry(turn()));
  // What is asked in the place of a question changes what follows from it: nothing may.
  edit.classList.add("last");
  again.classList.add("last");
  const shown = [
    ...(isDone ? buttons : []),
    ...(text ? [copyButton(strings.copy, () => asMarkdown(turn()), view)] : []),
    link,
    ...(isDone ? [again] : []),
    edit,
  ];
  return [create("div", { class: "actions", part: "actions" }, ...shown), form, ...renderFurther(turn(), view)];
}

async function giveFeedback(turn: Turn, feedback: Feedback, { conversation, root }: View): Promise<void> {
  await conversation.giveFeedback(conversation.turns.indexOf(turn), feedback);
  announce(root.host, "askdocs:feedback", { messageId: turn.messageId, vote: feedback.vote, reason: feedback.reason });
}

/** Opens the chat with the question in its field, on the page that the reader is on. */
function linkTo({ question }: Turn, host: HTMLElement): string {
  const url = new URL(currentPage(host).url, document.baseURI);
  url.searchParams.set("ask", question);
  return url.href;
}

/** The answer as Markdown, with links to what it cites. */
function asMarkdown(turn: Turn): string {
  const lines = references(turn)
    .filter(({ cited }) => cited)
    .map(({ numbers, title, heading, url }) => {
      const place = [title, ...heading.split(" > ")].filter(Boolean).join(" › ");
      return `- [${numbers.join("][")}] [${place.replace(/[[\]\\]/g, "\\$&")}](${new URL(url, document.baseURI).href})`;
    });
  return [turn.text.trim(), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n");
}
