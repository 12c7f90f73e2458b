/** Keeps the newest words in view while the reader is at the end, and leaves readers alone who have scrolled up. */

const NEAR = 32;

export class Follower {
  readonly #resized: ResizeObserver;
  #atEnd = true;
  #top = 0;

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
    this.#set(this.#isNear());
  }

  disconnect(): void {
    this.#resized.disconnect();
  }

  /** The log, or what is in it, has another size. */
  #keep(): void {
    if (this.#atEnd) {
      this.log.scrollTop = this.log.scrollHeight;
      this.#top = this.log.scrollTop;
    }
  }

  /** Only a scroll upwards leaves the end: after one to the end, the log may have grown before we hear of it. */
  #look(): void {
    const { scrollTop } = this.log;
    if (this.#isNear() || scrollTop < this.#top) {
      this.#set(this.#isNear());
    }
    this.#top = scrollTop;
  }

  #isNear(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #set(atEnd: boolean): void {
    if (atEnd !== this.#atEnd) {
      this.#atEnd = atEnd;
      this.changed(atEnd);
    }
  }
}
