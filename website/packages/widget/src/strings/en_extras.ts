import type { en } from "./en.js";
import type { Forms, Strings } from "./index.js";

/** English for what comes with the extras; other languages have all their words in one table. */
export const enExtras = {
  forgetSure: "Delete it for good?",
  forgotten: "The conversation was deleted.",
  copy: "Copy answer",
  copied: "Copied",
  link: "Copy link to the question",
  again: "Answer again",
  edit: "Edit question",
  history: "Earlier conversations",
  clearHistory: "Clear this list",
  historyCleared: "The list was cleared.",
  wrap: "Wrap lines",
  notAbout: "Ask without this",
  aboutText: "Ask about this text",
  aboutCode: "Ask about this code",
  further: "Questions that follow",
  more: "Tell me more about “{0}”.",
  moreIn: "Tell me more about “{0}” in “{1}”.",
  notEnough: "Not what you need?",
  exits: { search: "Search instead", support: "Contact support" },
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
  retryIn: "Try again in {0} s",
  user: "Your session has ended. Reload this page, or sign in again.",
  signIn: "Sign in to ask here.",
  kept: "What is kept?",
  failures: {
    forbidden: "Pages of {0} may not ask here. If the site is yours, add this origin to it: askdocs site set-origins.",
    file: "A page that is opened as a file may not ask. Open it through a web server.",
    missing: "This site is not known to the answering service.",
    interrupted: "The connection broke before the answer was complete.",
    answer: "The answer failed.",
    timeout: "The answer took too long.",
    limited: "Too many questions just now. Wait a moment.",
    server: "The answering service has a problem.",
    refused: "This question was not accepted.",
    disabled: "This chat is switched off.",
  },
  reconnecting: "The connection is lost. Looking for it again…",
  limitedFor: {
    language: "en",
    one: "Too many questions just now. Try again in {0} second.",
    other: "Too many questions just now. Try again in {0} seconds.",
  } as Forms,
};

/** Words with those of the extras behind them. */
export function withExtras(words: typeof en): Strings {
  return { ...enExtras, ...words, failures: { ...enExtras.failures, ...words.failures } };
}
