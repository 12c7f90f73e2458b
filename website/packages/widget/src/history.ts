/** On phones, where the chat takes the place of the page, Back closes it instead of leaving the page. */

export class BackButton {
  /** The page's address while there is an entry of ours in its history. */
  #href = "";
  #scrolled = 0;
  /** The page's router hears this too, and some go to the top though the address stays: they are undone. */
  readonly #pop = (event: PopStateEvent): void => {
    if (location.href === this.#href && !isOurs(event.state)) {
      this.close();
      requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(scrollX, this.#scrolled)));
    }
  };

  constructor(private readonly close: () => void) {
    addEventListener("popstate", this.#pop);
  }

  /** Routers find their own state in our entry. */
  enter(): void {
    if (!isOurs(history.state)) {
      history.pushState({ ...(history.state as object | null), askdocs: true }, "");
    }
    this.#href = location.href;
    this.#scrolled = scrollY;
  }

  /** The chat was closed otherwise: our entry goes too, unless the reader went on from it. */
  leave(): void {
    if (location.href === this.#href && isOurs(history.state)) {
      history.back();
    }
  }

  end(): void {
    removeEventListener("popstate", this.#pop);
  }
}

function isOurs(state: unknown): boolean {
  return !!(state as { askdocs?: boolean } | null)?.askdocs;
}
