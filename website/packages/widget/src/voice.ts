/** Gives what is to be said to the announcer, which is loaded with the extras: nobody needs it to see an answer. */

import type { Announcer } from "./announcer.js";
import { create } from "./dom.js";
import { loadExtras } from "./lazy.js";
import { failureText } from "./refusal.js";
import { isOpen, type Turn } from "./turn.js";
import type { View } from "./view.js";

export class Voice {
  readonly element = create("div", { class: "unseen", role: "status" });
  #announcer: Promise<Announcer> | undefined;

  constructor(private readonly view: () => View) {}

  say(text: string): void {
    this.#speak((announcer) => announcer.say(text), text);
  }

  /** Follows the turn that is being answered. */
  follow(turn: Turn): void {
    const { strings } = this.view();
    const end = turn.failure ? failureText(turn.failure, strings) : isOpen(turn) ? "" : strings.complete;
    this.#speak((announcer) => announcer.follow(turn), end);
  }

  /** `instead` is all that is said where the announcer cannot be loaded, as offline. */
  #speak(speak: (announcer: Announcer) => void, instead: string): void {
    const view = this.view();
    this.#announcer ??= loadExtras(view).then(({ Announcer }) => new Announcer(view.strings, this.element));
    this.#announcer.then(speak, () => {
      this.#announcer = undefined;
      this.element.textContent = instead;
    });
  }
}
