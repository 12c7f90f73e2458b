/**
 * Puts a new question at the top of the log, where it stays while its answer grows below: the last turn is as high as
 * the log, so that there is always room. Nobody's own scrolling is undone.
 */

const NEAR = 32;

/** answer: the last question is at the top; end: whatever comes last is in view; away: the reader scrolled. */
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

  /** Shows the turn that has just begun, once it is laid out. */
  toAnswer(): void {
    this.#following = "answer";
    this.#top = this.log.scrollTop; // The reader's own scrolling up to here may not have been told yet.
  }

  /** Follows the newest words, as the reader asked for. */
  toEnd(): void {
    this.#following = "end";
    this.#keep();
  }

  goTo(top: number): void {
    this.#following = "away";
    this.#scroll(top);
  }

  disconnect(): void {
    this.#resized.disconnect();
  }

  /** The log, or what is in it, has another size. */
  #keep(): void {
    const top = this.#wanted();
    top === undefined ? this.changed(this.#isNear()) : this.#scroll(top);
  }

  /** Where the log should be; undefined where the reader put it. */
  #wanted(): number | undefined {
    const { scrollHeight, clientHeight, scrollTop } = this.log;
    const end = scrollHeight - clientHeight;
    const turn = this.turns.lastElementChild;
    if (this.#following !== "answer" || turn === null) {
      return this.#following === "away" ? undefined : end;
    }
    return Math.min(end, turn.getBoundingClientRect().top - this.log.getBoundingClientRect().top + scrollTop);
  }

  #scroll(top: number): void {
    this.log.scrollTop = top;
    this.#top = this.log.scrollTop;
    this.changed(this.#isNear());
  }

  /**
   * Somebody scrolled: us, or the browser, which keeps the log within its end and its text in place, if it is where it
   * should be. Else the reader, who goes on to be shown what comes last only while they scroll towards it.
   */
  #look(): void {
    const { scrollTop } = this.log;
    const isReaders = Math.abs(scrollTop - this.#top) > 1 && Math.abs(scrollTop - (this.#wanted() ?? -9)) > 1;
    if (isReaders && !(this.#following === "end" && scrollTop > this.#top)) {
      this.#following = "away";
    }
    this.#top = scrollTop;
    this.changed(this.#isNear());
  }

  #isNear(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
