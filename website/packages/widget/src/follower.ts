/**
 * Keeps the newest words in view, but never at the price of the question that they answer: a long answer is read from
 * its beginning. Leaves readers alone who scroll by themselves.
 */

const NEAR = 32;

/** answer: the newest words, as long as their question stays in view; end: whatever comes last; away: nothing. */
type Following = "answer" | "end" | "away";

export class Follower {
  readonly #resized: ResizeObserver;
  #following: Following = "end";
  #top = 0;

  constructor(
    private readonly log: HTMLElement,
    /** Holds the turns, each an element, the last of which is followed. */
    private readonly turns: HTMLElement,
    /** Called with whether the end is in view. */
    private readonly changed: (atEnd: boolean) => void,
  ) {
    this.#resized = new ResizeObserver(() => this.#keep());
    this.#resized.observe(turns);
    this.#resized.observe(log);
    log.addEventListener("scroll", () => this.#look(), { passive: true });
  }

  /** Follows the turn that has just begun. */
  toAnswer(): void {
    this.#follow("answer");
  }

  toEnd(): void {
    this.#follow("end");
  }

  goTo(top: number): void {
    this.#following = "away";
    this.#scroll(top);
  }

  disconnect(): void {
    this.#resized.disconnect();
  }

  #follow(following: Following): void {
    this.#following = following;
    this.#keep();
  }

  /** The log, or what is in it, has another size. */
  #keep(): void {
    const end = this.log.scrollHeight - this.log.clientHeight;
    if (this.#following === "end") {
      this.#scroll(end);
    } else if (this.#following === "answer") {
      this.#scroll(Math.min(end, this.#lastTurn()));
    } else {
      this.changed(this.#isNear());
    }
  }

  #scroll(top: number): void {
    this.log.scrollTop = top;
    this.#top = this.log.scrollTop;
    this.changed(this.#isNear());
  }

  /** Where the last turn begins. */
  #lastTurn(): number {
    const turn = this.turns.lastElementChild;
    return turn ? turn.getBoundingClientRect().top - this.log.getBoundingClientRect().top + this.log.scrollTop : 0;
  }

  /** Somebody scrolled. It was us if the place is where we left the log. */
  #look(): void {
    const { scrollTop } = this.log;
    if (Math.abs(scrollTop - this.#top) > 1) {
      const down = scrollTop > this.#top;
      this.#following = this.#isNear() ? "end" : this.#following === "end" && down ? "end" : "away";
    }
    this.#top = scrollTop;
    this.changed(this.#isNear());
  }

  #isNear(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
