/** Keeps the newest words in view while the reader is at the end, and leaves readers alone who have scrolled up. */

const NEAR = 32;

export class Follower {
  readonly #resized: ResizeObserver;
  #atEnd = true;

  constructor(
    private readonly log: HTMLElement,
    content: HTMLElement,
    /** Called when the reader leaves the end or comes back to it. */
    private readonly changed: (atEnd: boolean) => void,
  ) {
    this.#resized = new ResizeObserver(() => this.#keep());
    this.#resized.observe(content);
    this.#resized.observe(log);
    log.addEventListener("scroll", () => this.#look(), { passive: true });
  }

  toEnd(): void {
    this.#set(true);
    this.#keep();
  }

  goTo(top: number): void {
    this.log.scrollTop = top;
    this.#look();
  }

  disconnect(): void {
    this.#resized.disconnect();
  }

  /** The log, or what is in it, has another size. */
  #keep(): void {
    if (this.#atEnd) {
      this.log.scrollTop = this.log.scrollHeight;
    }
  }

  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.#set(scrollHeight - scrollTop - clientHeight < NEAR);
  }

  #set(atEnd: boolean): void {
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.changed(atEnd);
    }
  }
}
