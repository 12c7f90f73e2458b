/** The dialog's frame: header, log, the way to the newest words, fine print. */

import { allowUrl } from "./citations.js";
import { button, create, drawIcon, iconButton } from "./dom.js";
import type { Settings } from "./settings.js";
import type { Strings } from "./strings/index.js";

export interface ShellActions {
  close: () => void;
  clear: () => void;
  forget: (button: HTMLElement) => void;
  toEnd: () => void;
  ask: (question: string) => void;
  expand: () => void;
}

export interface Shell {
  dialog: HTMLDialogElement;
  log: HTMLElement;
  turns: HTMLElement;
  showVersion(label: string): void;
  /** Whether there is anything that could be cleared; what greets readers is shown when not. */
  showConversation(any: boolean): void;
  showLatest(shown: boolean): void;
}

export function createShell(
  settings: Settings,
  strings: Strings,
  actions: ShellActions,
  composer: HTMLElement,
  announcer: HTMLElement,
): Shell {
  const version = create("span", { class: "version" });
  const fresh = iconButton("fresh", strings.fresh, "new", actions.clear);
  const header = create(
    "div", // A header that is in no section would be a second banner of the page.
    { class: "head", part: "header" },
    create("h2", { id: "title" }, settings.title || strings.title),
    version,
    fresh,
    settings.layout !== "inline" && iconButton("expand", strings.expand, "expand", actions.expand),
    settings.layout !== "inline" && iconButton("close", strings.close, "close", actions.close),
  );
  const welcome = createWelcome(settings, strings, actions);
  const turns = create("div");
  // Not a live region: the announcer speaks for it, in whole sentences.
  const log = create(
    "div",
    { class: "log", part: "log", role: "log", "aria-live": "off", "aria-label": strings.conversation, tabindex: 0 },
    welcome,
    turns,
  );
  const latest = button({ class: "latest", part: "latest", "aria-label": strings.latest, title: strings.latest }, actions.toEnd, drawIcon("down"));
  const forget = button({ class: "link" }, () => actions.forget(forget), strings.forget);
  const privacyUrl = settings.privacyUrl && allowUrl(settings.privacyUrl, document.baseURI);
  const fine = create(
    "p",
    { class: "fine", part: "fine-print" },
    strings.disclaimer,
    " ",
    privacyUrl && create("a", { href: privacyUrl }, strings.privacy),
    " ",
    forget,
  );
  const dialog = create(
    "dialog",
    { part: "panel", "aria-labelledby": "title" },
    header,
    log,
    create("div", { class: "above" }, latest),
    composer,
    fine,
    announcer,
  );
  return {
    dialog,
    log,
    turns,
    showVersion(label) {
      version.textContent = label;
      version.hidden = label === "";
    },
    showConversation(any) {
      welcome.hidden = any;
      fresh.hidden = forget.hidden = !any;
    },
    showLatest(shown) {
      latest.hidden = !shown;
    },
  };
}

function createWelcome({ suggestions }: Settings, strings: Strings, actions: ShellActions): HTMLElement {
  const questions = suggestions.map((question) =>
    create("li", {}, button({ class: "suggestion", part: "suggestion" }, () => actions.ask(question), question)),
  );
  return create(
    "div",
    { class: "welcome", part: "welcome" },
    create("h3", {}, strings.greeting),
    create("p", {}, strings.intro),
    questions.length > 0 && create("ul", { "aria-label": strings.suggestions }, ...questions),
  );
}
