/** Shows the turns of a conversation, and those that are being answered not more often than the page can bear. */

import { create } from "./dom.js";
import { Exchange } from "./exchange.js";
import { inFrames } from "./frames.js";
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
  readonly #stale = new Set<number>();
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
      this.root.replaceChildren(...turns.map(createTurn));
      this.#stale.clear();
      inFrames(this.#restore((this.#exchanges = [])));
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
    this.#exchanges = [];
  }

  /** The last turn comes first: it is what readers look at. */
  *#restore(exchanges: Exchange[]): Generator {
    for (let index = this.view.conversation.turns.length; index-- > 0 && exchanges === this.#exchanges; ) {
      this.#renderTurn(index, this.view.conversation.turns[index]!);
      yield;
    }
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
      const place = this.root.children[index] ?? this.root.appendChild(createTurn());
      this.#exchanges[index] = new Exchange(place as HTMLElement, turn, this.view);
    }
    if (isOpen(turn) || shown !== undefined) {
      this.actions.follow(turn);
    }
  }
}

function createTurn(): HTMLElement {
  return create("article", { class: "turn", part: "turn" });
}
