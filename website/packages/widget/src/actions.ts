/** What can be done with an answer that is complete. */

import type { Feedback } from "./client.js";
import { copyButton } from "./code.js";
import { create } from "./dom.js";
import { renderFeedback } from "./feedback.js";
import { references, type Turn } from "./turn.js";
import type { View } from "./view.js";

export function renderActions(turn: () => Turn, send: (feedback: Feedback) => Promise<void>, view: View): HTMLElement[] {
  const { buttons, form } = renderFeedback(turn().vote, send, view);
  const copyAll = copyButton(view.strings.copy, () => asText(turn()), view);
  return [create("div", { class: "actions", part: "actions" }, ...buttons, copyAll), form];
}

/** The answer as Markdown, with the addresses of what it cites. */
function asText(turn: Turn): string {
  const cited = references(turn).filter((reference) => reference.cited);
  const lines = cited.map(({ numbers, title, url }) => `[${numbers.join("][")}] ${title}: ${new URL(url, document.baseURI).href}`);
  return [turn.text.trim(), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n");
}
