/** Tells screen readers how an answer goes: in whole sentences, at a pace that can be listened to. */

import { speakable, wholeSentences } from "./speech.js";
import { explain } from "./refusal.js";
import { fill, type Strings } from "./strings/index.js";
import { references, type Turn } from "./turn.js";

const PACE = 1_200;

export class Announcer {
  #queue: string[] = [];
  #pausing = false;
  #text = "";
  #spoken = 0;
  #state: Turn["state"] | undefined;
  #isLost = false;

  /** What `element` holds is said. */
  constructor(
    private readonly strings: Strings,
    private readonly element: HTMLElement,
  ) {}

  say(text: string): void {
    if (text === "") {
      return;
    }
    this.#queue.push(text);
    if (!this.#pausing) {
      this.#pausing = true;
      setTimeout(() => this.#speak(), 0);
    }
  }

  /** Follows the turn that is being answered. */
  follow(turn: Turn): void {
    const { strings } = this;
    if (turn.state === "waiting" && this.#state !== "waiting") {
      // What an attempt that failed had brought was heard already.
      this.#text = turn.text;
      this.#spoken = turn.text.length;
      this.say(strings.searching);
    }
    if (!turn.text.startsWith(this.#text)) {
      this.#text = "";
      this.#spoken = 0;
    }
    const end = turn.state === "streaming" ? wholeSentences(turn.text, this.#spoken) : turn.text.length;
    this.say(speakable(turn.text.slice(this.#spoken, end)));
    this.#spoken = end;
    if (turn.state === "done" && this.#state !== "done") {
      this.say(`${strings.complete} ${strings.sources}: ${references(turn).filter(({ cited }) => cited).length}.`);
    }
    if (turn.isLost && !this.#isLost) {
      this.say(strings.reconnecting);
    }
    this.#isLost = !!turn.isLost;
    if (turn.state === "stopped" && this.#state !== "stopped") {
      this.say(strings.stopped);
    }
    if (turn.state === "failed" && turn.failure && this.#state !== "failed") {
      const seconds = Math.ceil(((turn.failure.retryAt ?? 0) - Date.now()) / 1000);
      this.say(seconds > 0 ? fill(strings.limitedFor, seconds) : explain(turn.failure, strings));
    }
    this.#state = turn.state;
  }

  /** Says all that has gathered, then pauses: each text replaces the one before, which must have been heard. */
  #speak(): void {
    this.#pausing = this.#queue.length > 0;
    if (this.#pausing) {
      this.element.textContent = this.#queue.join(" ");
      this.#queue = [];
      setTimeout(() => this.#speak(), PACE);
    }
  }
}
