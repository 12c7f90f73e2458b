/** English for what comes with the extras; other languages have all their words in one table. */
export const enExtras = {
  copy: "Copy answer",
  copied: "Copied",
  link: "Copy link to the question",
  again: "Answer again",
  edit: "Edit question",
  ask: "Ask",
  cancel: "Cancel",
  up: "Helpful",
  down: "Not helpful",
  why: "What was wrong?",
  reasons: {
    incorrect: "Incorrect",
    not_what_i_asked: "Not what I asked",
    outdated: "Out of date",
    unclear: "Unclear",
    other: "Something else",
  },
  comment: "Anything to add? (optional)",
  sendFeedback: "Send feedback",
  thanks: "Thank you.",
  reconnecting: "The connection is lost. Looking for it again…",
};
