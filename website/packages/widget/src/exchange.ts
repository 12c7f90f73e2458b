/** Shows one turn: the question, the sources, the answer as it grows, and what can be done with it. */

import type { Feedback } from "./client.js";
import { copyButton, renderCode } from "./code.js";
import { button, create } from "./dom.js";
import { renderFeedback } from "./feedback.js";
import { MarkdownView } from "./markdown.js";
import { renderMark, renderSources } from "./sources.js";
import { fill, type Strings } from "./strings/index.js";
import { isOpen, referenceFor, references, type Turn } from "./turn.js";
import type { View } from "./view.js";

export interface Actions {
  retry(): void;
  giveFeedback(feedback: Feedback): Promise<void>;
}

export class Exchange {
  readonly element = create("article", { class: "turn", part: "turn" });
  readonly #status = create("p", { class: "status" });
  readonly #sources = create("div");
  readonly #notice = create("p", { class: "notice", part: "notice" });
  readonly #answer = create("div", { class: "answer", part: "answer", dir: "auto" });
  readonly #end = create("div");
  readonly #markdown: MarkdownView;
  #turn: Turn;

  constructor(
    turn: Turn,
    private readonly view: View,
    private readonly actions: Actions,
  ) {
    this.#turn = turn;
    this.#markdown = new MarkdownView(this.#answer, {
      base: document.baseURI,
      cite: (index) => this.#cite(index),
      end: () => this.#refreshMarks(),
      code: (text, language) => renderCode(text, language, view),
      tableLabel: view.strings.table,
    });
    const question = create("h3", { class: "question", part: "question", dir: "auto" }, turn.question);
    this.element.append(question, this.#sources, this.#status, this.#notice, this.#answer, this.#end);
    this.#show(turn, undefined);
  }

  /** Whether the turn has begun anew: then this must make room for another exchange. */
  isOver(turn: Turn): boolean {
    return turn.state === "waiting" && this.#turn.state !== "waiting";
  }

  update(turn: Turn): void {
    const before = this.#turn;
    this.#turn = turn;
    this.#show(turn, before);
  }

  #show(turn: Turn, before: Turn | undefined): void {
    const { strings } = this.view;
    this.element.ariaBusy = String(isOpen(turn));
    this.#status.hidden = turn.state !== "waiting";
    const places = references(turn);
    this.#status.textContent = places.length > 0 ? fill(strings.reading, places.length) : strings.searching;
    if (before?.sources !== turn.sources || before.citations !== turn.citations || before.status !== turn.status) {
      this.#sources.replaceChildren(...(places.length > 0 ? [renderSources(places, this.view)] : []));
    }
    this.#showNotice(turn);
    if (isOpen(turn)) {
      this.#markdown.show(turn.text);
    } else if (before === undefined || isOpen(before)) {
      this.#markdown.finish(turn.text);
    }
    if (before?.state !== turn.state) {
      this.#end.replaceChildren(...(isOpen(turn) ? [] : this.#renderEnd(turn)));
    }
  }

  #renderEnd(turn: Turn): HTMLElement[] {
    const { strings } = this.view;
    if (turn.state === "failed") {
      const retry = button({ class: "plain" }, () => this.actions.retry(), strings.retry);
      return [create("div", { class: "failure", part: "error" }, create("p", {}, failureText(turn, strings)), retry)];
    }
    if (turn.state === "stopped") {
      const retry = button({ class: "link" }, () => this.actions.retry(), strings.retry);
      return [create("p", { class: "note" }, strings.stopped, " ", retry)];
    }
    const { buttons, form } = renderFeedback(turn.vote, (feedback) => this.actions.giveFeedback(feedback), this.view);
    const copyAll = copyButton(strings.copy, () => asText(this.#turn), this.view);
    const speaksFor = [turn.version && fill(strings.version, turn.version), nameOf(turn.language)].filter(Boolean).join(" · ");
    const note = speaksFor && create("span", { class: "note" }, speaksFor);
    const actions = create("div", { class: "actions", part: "actions" }, ...buttons, copyAll, note);
    return [actions, form];
  }

  /** Says of an answer that it is not a model's, or a model's that rests on nothing; what is none says so itself. */
  #showNotice({ status, mode }: Turn): void {
    const { strings } = this.view;
    const isQuoted = mode === "extractive";
    this.#notice.hidden = !(isQuoted || (mode === "model" && status === "unanswered"));
    this.#notice.replaceChildren(
      create("b", {}, isQuoted ? strings.extractive : strings.unanswered),
      isQuoted ? ` ${strings.extractiveWhy}` : "",
    );
  }

  #cite(index: number, occurrence?: number): HTMLElement | undefined {
    const reference = referenceFor(this.#turn, index, occurrence);
    return reference && renderMark(reference, index, this.view);
  }

  /** The marks lead to pages at first, and each to its sentence once the answer and its citations are known. */
  #refreshMarks(): void {
    this.#answer.querySelectorAll(".mark").forEach((mark, occurrence) => {
      mark.replaceWith(this.#cite(Number(mark.textContent), occurrence) ?? `[${mark.textContent}]`);
    });
  }
}

/** A language by its own name, as menus of languages have it. */
function nameOf(language: string): string {
  try {
    return language && new Intl.DisplayNames(language, { type: "language" }).of(language)!;
  } catch {
    return language; // a locale of the docs that is no language tag
  }
}

function failureText({ failure }: Turn, { failures }: Strings): string {
  const { code, detail, retryAfter } = failure!;
  if (code === "limited" && retryAfter !== undefined) {
    return fill(failures.limitedFor, retryAfter);
  }
  if (code === "forbidden") {
    // What browsers call the origin of a file, or of a sandboxed frame.
    return origin === "null" ? failures.file : fill(failures.forbidden, origin);
  }
  return detail || failures[code];
}

/** The answer as Markdown, with the addresses of what it cites. */
function asText(turn: Turn): string {
  const cited = references(turn).filter((reference) => reference.cited);
  const lines = cited.map(({ numbers, title, url }) => `[${numbers.join("][")}] ${title}: ${new URL(url, document.baseURI).href}`);
  return [turn.text.trim(), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n");
}
