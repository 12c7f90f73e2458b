/** A button beside text that is selected on the page: the next question is about the text then. */

import { askAbout } from "./about.js";
import { button, create } from "./dom.js";
import type { Excerpt } from "./turn.js";
import type { View } from "./view.js";

/** Milliseconds without a change after which a selection is taken to be made. */
const CALM = 250;
/** Whose text is not what the docs say. */
const ELSEWHERE = "nav,header,footer,button,input,textarea,[contenteditable],askdocs-chat";

const offers = new WeakMap<View, Offer>();

/** Offers to ask about what is selected now. `open` opens the chat. */
export function offerExcerpt(view: View, open: () => void): void {
  const offer = offers.get(view) ?? new Offer(view, open);
  offers.set(view, offer);
  offer.refresh();
}

/** Takes what the host hands over in the attribute `excerpt`: code, if `excerpt-language` is there, "" for any language. */
export function takeGiven(view: View): void {
  const host = view.root.host as HTMLElement;
  const text = host.getAttribute("excerpt");
  if (text) {
    host.removeAttribute("excerpt");
    askAbout(view, { text, ...languageOf(host.getAttribute("excerpt-language")) });
    host.removeAttribute("excerpt-language");
  }
}

const languageOf = (named: string | null): { language?: string } => (named === null ? {} : { language: named || "text" });

class Offer {
  readonly #button = button({ part: "ask-selection" }, () => this.#take());
  readonly #element = create("div", { class: "excerpt" }, this.#button);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #excerpt: Excerpt = { text: "" };

  constructor(
    private readonly view: View,
    private readonly open: () => void,
  ) {
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault()); // It would take the selection away.
    addEventListener("scroll", () => this.#element.isConnected && this.#place(), { passive: true, signal: view.signal });
    view.signal.addEventListener("abort", () => this.#element.remove());
  }

  /** Hides at once, and shows what is selected once that has come to rest. */
  refresh(): void {
    clearTimeout(this.#timer);
    const range = selected();
    if (range === undefined) {
      this.#element.remove();
      return;
    }
    this.#timer = setTimeout(() => this.#show(range), CALM);
  }

  #show(range: Range): void {
    const { strings, root } = this.view;
    const code = elementOf(range).closest("pre");
    this.#excerpt = { text: range.toString(), ...languageOf(code && "") };
    this.#button.textContent = code ? strings.aboutCode : strings.aboutText;
    root.append(this.#element);
    this.#place();
  }

  /** Below the end of the selection, where phones show no menu of their own; above it where there is no room. */
  #place(): void {
    const rects = [...(selected()?.getClientRects() ?? [])];
    const [first, last] = [rects[0], rects.at(-1)];
    if (!first || !last) {
      this.#element.remove();
      return;
    }
    const { offsetWidth, offsetHeight, style } = this.#element;
    const below = last.bottom + 8;
    const top = below + offsetHeight < innerHeight ? below : first.top - offsetHeight - 8;
    const within = (wanted: number, most: number): string => `${Math.max(8, Math.min(wanted, most - 8))}px`;
    style.setProperty("top", within(top, innerHeight - offsetHeight));
    style.setProperty("left", within(last.right - offsetWidth / 2, innerWidth - offsetWidth));
  }

  #take(): void {
    this.#element.remove();
    this.open();
    askAbout(this.view, this.#excerpt);
  }
}

/** What is selected, if it is text of the docs. */
function selected(): Range | undefined {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || selection.toString().trim() === "") {
    return undefined;
  }
  const range = selection.getRangeAt(0);
  return elementOf(range).closest(ELSEWHERE) ? undefined : range;
}

function elementOf({ commonAncestorContainer: node }: Range): Element {
  return node instanceof Element ? node : node.parentElement!;
}
