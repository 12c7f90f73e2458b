/** Shows the turns of a conversation, and those that are being answered not more often than the page can bear. */

import { Exchange } from "./exchange.js";
import { isOpen, type Turn } from "./turn.js";
import type { View } from "./view.js";

/** So many times as long as a rendering took is left to the page before the next one: slow phones get fewer. */
const SHARE = 4;

export interface ThreadActions {
  /** A turn that is being answered was shown as it stands. */
  follow: (turn: Turn) => void;
  rendered: () => void;
}

export class Thread {
  #exchanges: Exchange[] = [];
  #stale = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the page can bear the next rendering, on the clock of `performance`. */
  #due = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly view: View,
    private readonly actions: ThreadActions,
  ) {}

  /** The turn at `index` has changed; without an index, all of them. */
  change(index?: number): void {
    const turns = this.view.conversation.turns;
    if (index === undefined) {
      this.root.replaceChildren();
      this.#exchanges = [];
      this.#stale = new Set(turns.keys());
    } else {
      this.#stale.add(index);
    }
    if (turns[index ?? -1]?.state === "streaming") {
      this.#timer ??= setTimeout(() => this.#render(), this.#due - performance.now());
    } else {
      this.#render();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #render(): void {
    const start = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const index of this.#stale) {
      this.#renderTurn(index, this.view.conversation.turns[index]!);
    }
    this.#stale.clear();
    this.actions.rendered();
    const now = performance.now();
    this.#due = now + SHARE * (now - start);
  }

  #renderTurn(index: number, turn: Turn): void {
    const shown = this.#exchanges[index];
    if (shown !== undefined && !shown.isOver(turn)) {
      shown.update(turn);
    } else {
      const exchange = new Exchange(turn, this.view);
      shown ? shown.element.replaceWith(exchange.element) : this.root.append(exchange.element);
      this.#exchanges[index] = exchange;
    }
    if (isOpen(turn) || shown !== undefined) {
      this.actions.follow(turn);
    }
  }
}
