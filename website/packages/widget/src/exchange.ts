/**
 * Shows one turn: the question, the answer as it grows, what it rests on, and what can be done with it. Nothing is put
 * above text that is being read.
 */

import { renderCode } from "./code.js";
import { button, create } from "./dom.js";
import { loadExtras } from "./lazy.js";
import { MarkdownView } from "./markdown.js";
import { failureText } from "./refusal.js";
import { renderMark, renderSources } from "./sources.js";
import { fill, type Strings } from "./strings/index.js";
import { isOpen, referenceFor, references, type Turn } from "./turn.js";
import type { View } from "./view.js";

/** So many marks are looked after at once: their links and names take 0.1 ms each on a two-core server. */
const MARKS = 16;

export class Exchange {
  readonly #question = create("h3", { class: "question", part: "question", dir: "auto" });
  readonly #status = create("p", { class: "status" });
  readonly #answer = create("div", { class: "answer", part: "answer", dir: "auto" });
  readonly #end = create("div");
  readonly #markdown: MarkdownView;
  #turn: Turn;

  constructor(
    private readonly element: HTMLElement,
    turn: Turn,
    private readonly view: View,
  ) {
    this.#turn = turn;
    this.#markdown = new MarkdownView(this.#answer, {
      base: document.baseURI,
      cite: (index) => this.#cite(index),
      end: () => this.#refreshMarks(),
      code: (text, language) => renderCode(text, language, view),
      tableLabel: view.strings.table,
    });
    this.element.replaceChildren();
    if (turn.excerpt) {
      this.element.append(create("blockquote", { class: "about" }, turn.excerpt.text));
    }
    this.element.append(this.#question, this.#status, this.#answer, this.#end);
    this.#question.textContent = turn.question;
    this.#show(turn, undefined);
  }

  /** Whether the turn has begun anew, or its text has: then this must make room for another exchange. */
  isOver(turn: Turn): boolean {
    return (turn.state === "waiting" && this.#turn.state !== "waiting") || !turn.text.startsWith(this.#turn.text);
  }

  update(turn: Turn): void {
    const before = this.#turn;
    this.#turn = turn;
    this.#show(turn, before);
  }

  #show(turn: Turn, before: Turn | undefined): void {
    const { strings } = this.view;
    this.element.ariaBusy = String(isOpen(turn));
    const pages = references(turn).length;
    this.#status.textContent = turn.state !== "waiting" ? "" : pages > 0 ? fill(strings.reading, pages) : strings.searching;
    if (isOpen(turn)) {
      this.#markdown.show(turn.text);
    } else if (before === undefined || isOpen(before)) {
      this.#markdown.finish(turn.text);
    }
    if (before?.state !== turn.state || before.isLost !== turn.isLost) {
      this.#end.replaceChildren(...this.#renderEnd(turn));
    }
  }

  #renderEnd(turn: Turn): HTMLElement[] {
    if (isOpen(turn)) {
      return turn.isLost ? [create("p", { class: "note" }, this.view.strings.reconnecting)] : [];
    }
    const places = references(turn);
    const notice = noticeOf(turn, this.view.strings);
    const after = create("div", { class: "after" });
    void this.#fillActions(after);
    return [
      ...(places.length > 0 ? [renderSources(places, this.view)] : []),
      ...(notice ? [create("p", { class: "note notice", part: "notice" }, notice)] : []),
      ...this.#renderFailure(turn),
      after,
    ];
  }

  #renderFailure(turn: Turn): HTMLElement[] {
    const { strings } = this.view;
    if (turn.state === "failed" && turn.failure) {
      const retry = button({ class: "plain" }, () => this.view.retry(this.#turn), strings.retry);
      return [create("div", { class: "failure", part: "error" }, create("p", {}, failureText(turn.failure, strings)), retry)];
    }
    if (turn.state === "stopped") {
      const retry = button({ class: "link" }, () => this.view.retry(this.#turn), strings.retry);
      return [create("p", { class: "note" }, strings.stopped, " ", retry)];
    }
    return [];
  }

  async #fillActions(place: HTMLElement): Promise<void> {
    const { strings } = this.view;
    try {
      const { renderActions } = await loadExtras(this.view);
      const hadFocus = place.contains(this.view.root.activeElement);
      place.replaceChildren(...renderActions(() => this.#turn, this.#question, this.view));
      if (hadFocus) {
        place.querySelector("button")!.focus();
      }
    } catch {
      if (place.firstChild) {
        this.view.say(strings.failures.part); // The button stays, and the focus on it.
      } else {
        place.append(button({ class: "link note" }, () => this.#fillActions(place), strings.failures.part));
      }
    }
  }

  #cite(index: number, occurrence?: number, shown?: HTMLAnchorElement): HTMLElement | undefined {
    const reference = referenceFor(this.#turn, index, occurrence);
    return reference && renderMark(reference, index, this.#turn.version, this.view, shown);
  }

  /** The marks lead to pages at first, and each to its sentence once the answer and its citations are known. */
  *#refreshMarks(): Generator {
    let occurrence = 0;
    for (const mark of this.#answer.querySelectorAll<HTMLAnchorElement>(".mark")) {
      if (!this.#cite(Number(mark.textContent), occurrence, mark)) {
        mark.replaceWith(`[${mark.textContent}]`);
      }
      if (++occurrence % MARKS === 0) {
        yield;
      }
    }
  }
}

/**
 * Says of an answer whose words it has and how far they rest on the docs (what answers nothing says so itself), and
 * which docs it speaks for, where there are several.
 */
function noticeOf({ status, mode, support, reviewedOn, version, language }: Turn, strings: Strings): string {
  return [
    mode === "extractive" && strings.extractive,
    mode === "pinned" && fill(strings.reviewed, reviewedOn ?? ""),
    mode === "model" && (status === "unanswered" ? strings.unanswered : support && strings.support[support]),
    status && version && fill(strings.version, version),
    nameOf(language),
  ].filter(Boolean).join(" · ");
}

/** A language by its own name, as menus of languages have it. */
function nameOf(language: string): string {
  try {
    return language && new Intl.DisplayNames(language, { type: "language" }).of(language)!;
  } catch {
    return language; // a locale of the docs that is no language tag
  }
}
