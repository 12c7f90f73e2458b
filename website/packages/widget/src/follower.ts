/**
 * Puts a new question at the top of the log, where it stays while its answer grows below: the last turn is as high as
 * the log, so that there is always room. Nobody's own scrolling is undone.
 */

const NEAR = 32;

export class Follower {
  readonly #resized: ResizeObserver;
  /**
   * So many pixels of what begins with the last question are above the log's top; at most, up to the end. NaN where the
   * reader scrolled.
   */
  #following = Infinity;
  #top = 0;

  constructor(
    private readonly log: HTMLElement,
    /** Holds the turns, each an element, the last of which is followed. */
    private readonly turns: HTMLElement,
    /** Called with whether the end is in view. */
    private readonly changed: (atEnd: boolean) => void,
  ) {
    this.#resized = new ResizeObserver(() => this.follow());
    this.#resized.observe(turns);
    this.#resized.observe(log);
    log.addEventListener("scroll", () => this.#look(), { passive: true });
  }

  /** Shows the turn that has just begun, once it is laid out. */
  toAnswer(): void {
    this.#following = 0;
    this.#top = NaN; // A scroll that is still to be heard of was before.
  }

  /** Where the log is, as told by the last question: what stands above it may come later. */
  get place(): number {
    return this.log.getBoundingClientRect().top - (this.turns.lastElementChild ?? this.turns).getBoundingClientRect().top;
  }

  /** Goes to such a place, and stays there while the log, or what is in it, gets another size. Infinity follows the newest words. */
  follow(place = this.#following): void {
    this.#following = place;
    const top = this.#wanted();
    if (top >= 0) {
      this.log.scrollTop = top;
      this.#top = this.log.scrollTop;
    }
    this.#tell();
  }

  disconnect(): void {
    this.#resized.disconnect();
  }

  /** Where the log should be; NaN where the reader put it. */
  #wanted(): number {
    const { scrollHeight, clientHeight, scrollTop } = this.log;
    return Math.min(scrollHeight - clientHeight, Math.max(0, scrollTop - this.place + this.#following));
  }

  /**
   * Somebody scrolled: us, or the browser, which keeps the log within its end and its text in place, if it is where it
   * should be. Else the reader, who goes on to be shown what comes last only while they scroll towards it.
   */
  #look(): void {
    const { scrollTop } = this.log;
    const isElsewhere = Math.abs(scrollTop - this.#top) > 1 && Math.abs(scrollTop - this.#wanted()) > 1;
    if (isElsewhere && !(this.#following === Infinity && scrollTop > this.#top)) {
      this.#following = NaN;
    }
    this.#top = scrollTop;
    this.#tell();
  }

  #tell(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.changed(scrollHeight - scrollTop - clientHeight < NEAR);
  }
}
