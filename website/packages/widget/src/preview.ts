/** A card over the answer that shows where a mark leads: under the pointer, with the focus, or at the first tap. */

import { create } from "./dom.js";
import { renderPlace } from "./source_list.js";
import { link } from "./sources.js";
import { fill } from "./strings/index.js";
import type { View } from "./view.js";

/** Milliseconds that the pointer rests on a mark before the card appears, and may be on its way to the card. */
const REST = 150;
/** Between the card and its mark, and the panel's edges, in pixels. */
const GAP = 6;

export class Preview {
  readonly #card = create("div", { class: "preview", part: "preview", hidden: true });
  readonly #dialog: HTMLElement;
  #mark: HTMLElement | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Escape closes the card alone, wherever the focus is. */
  readonly #press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      if (this.#card.checkVisibility()) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      this.#hide();
    }
  };

  constructor(private readonly view: View) {
    const dialog = (this.#dialog = view.root.querySelector("dialog")!);
    dialog.append(this.#card);
    dialog.addEventListener("pointerover", (event) => event.pointerType !== "touch" && this.#hover(event.target));
    dialog.addEventListener("pointerleave", () => this.#hover(null));
    dialog.addEventListener("focusin", ({ target }) => {
      const mark = markAt(target);
      if (mark?.matches(":focus-visible")) {
        this.#show(mark);
      } else if (!this.#card.contains(target as Node)) {
        this.#hide();
      }
    });
    dialog.addEventListener("click", (event) => this.#tap(event), { capture: true });
    dialog.querySelector(".log")!.addEventListener("scroll", () => this.#hide());
  }

  #hover(target: EventTarget | null): void {
    clearTimeout(this.#timer);
    const mark = markAt(target);
    if (mark !== undefined && mark !== this.#mark) {
      this.#timer = setTimeout(() => this.#show(mark), REST);
    } else if (mark === undefined && !this.#card.contains(target as Node | null) && this.#mark?.matches(":focus-visible") === false) {
      this.#timer = setTimeout(() => this.#hide(), REST);
    }
  }

  /** The first tap shows, the second follows: the mark's link, or the card's. */
  #tap(event: MouseEvent): void {
    const mark = markAt(event.target);
    if (mark !== undefined && mark !== this.#mark && (event as Partial<PointerEvent>).pointerType === "touch") {
      event.preventDefault();
      event.stopPropagation();
      this.#show(mark);
    } else if (!this.#card.contains(event.target as Node) || this.#card.querySelector("a")!.contains(event.target as Node)) {
      this.#hide();
    }
  }

  #show(mark: HTMLElement): void {
    const cited = this.view.cited.get(mark);
    if (cited === undefined || !mark.isConnected) {
      return;
    }
    const { reference, version } = cited;
    const { strings } = this.view;
    // The mark leads there too: one stop for Tab is enough.
    const place = link(reference, create("a", { class: "entry", tabindex: "-1" }, renderPlace(reference)), this.view);
    this.#card.replaceChildren(place, ...(version ? [create("p", { class: "note" }, fill(strings.version, version))] : []));
    this.#card.hidden = false;
    this.#mark = mark;
    this.#place(mark);
    document.addEventListener("keydown", this.#press, { capture: true });
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#mark = undefined;
    this.#card.hidden = true;
    document.removeEventListener("keydown", this.#press, { capture: true });
  }

  /** Below the mark, or above it where there is no room. */
  #place(mark: HTMLElement): void {
    const [panel, at, log] = [this.#dialog, mark, this.#dialog.querySelector(".log")!].map((each) => each.getBoundingClientRect());
    const { offsetWidth, offsetHeight } = this.#card;
    const { clientLeft, clientTop, clientWidth } = this.#dialog;
    const left = at!.left - panel!.left - clientLeft - offsetWidth / 2;
    const below = at!.bottom + GAP + offsetHeight <= log!.bottom;
    const top = below ? at!.bottom + GAP : Math.max(panel!.top, at!.top - GAP - offsetHeight);
    this.#card.style.left = `${Math.max(GAP, Math.min(left, clientWidth - offsetWidth - GAP))}px`;
    this.#card.style.top = `${top - panel!.top - clientTop}px`;
  }
}

function markAt(target: EventTarget | null): HTMLElement | undefined {
  return (target as Partial<Element> | null)?.closest?.<HTMLElement>(".mark") ?? undefined;
}
