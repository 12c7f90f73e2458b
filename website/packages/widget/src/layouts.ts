/**
 * A chunk of its own: the chat beside the page's content or within it, and larger for a while. It imports nothing that the
 * panel has too: of what three chunks share, the bundler would make a fourth, which the panel would wait for.
 */

import type { Strings } from "./strings/index.js";

export { default as css } from "./styles/layouts.css?inline";

/** Pixels: a line of about 40 characters, as wide as the floating panel, and the least that the page keeps. */
const LEAST = 320;
const USUAL = 440;
const PAGE = 480;
const STEP = 16;
/** Narrower, there is no room for two: the docked chat floats. */
const WIDE = "(width >= 1000px)";

/** Makes the chat larger, or small again: for wide tables and code. */
export function expand(dialog: HTMLElement, dock: Dock | undefined): void {
  const button = dialog.querySelector("[part=expand]")!;
  const expanded = button.ariaPressed !== "true";
  button.ariaPressed = String(expanded);
  dialog.classList.toggle("expanded", expanded);
  dock?.expand(expanded);
}

/** What the panel knows already. */
export interface DockPanel {
  /** The bottom of the header that stays at the top of the page at this place, in pixels. */
  headerHeight(x: number): number;
  mayStore(): boolean;
}

/** The chat at the side of the page, which keeps to the room that is left. Its width is the reader's. */
export class Dock {
  readonly #wide = matchMedia(WIDE);
  readonly #handle: HTMLElement;
  readonly #page = document.documentElement;
  readonly #fit = (): void => (this.#isShown ? this.#show() : undefined);
  #isShown = false;
  #isExpanded = false;
  #width: number;

  constructor(
    private readonly dialog: HTMLElement,
    private readonly siteKey: string,
    strings: Strings,
    private readonly panel: DockPanel,
  ) {
    this.#width = Number(this.#storage?.getItem(this.#key)) || USUAL;
    this.#handle = document.createElement("div");
    this.#handle.className = "handle";
    this.#handle.part.add("handle");
    this.#handle.tabIndex = 0;
    this.#handle.role = "separator";
    this.#handle.ariaOrientation = "vertical";
    this.#handle.ariaLabel = strings.resize;
    this.#handle.addEventListener("keydown", (event) => this.#press(event));
    this.#handle.addEventListener("pointerdown", (event) => this.#grasp(event));
    dialog.prepend(this.#handle);
    addEventListener("resize", this.#fit);
  }

  /** The dialog was shown at the page's side, or hidden, or has a phone's whole screen. */
  change(shown: boolean): void {
    this.#isShown = shown;
    this.#isShown ? this.#show() : this.#leave();
  }

  /** As wide as the page allows, or as the reader had it. */
  expand(expanded: boolean): void {
    this.#isExpanded = expanded;
    this.#fit();
  }

  end(): void {
    removeEventListener("resize", this.#fit);
    this.change(false);
    this.#handle.remove();
  }

  get #storage(): Storage | undefined {
    try {
      return this.panel.mayStore() ? localStorage : undefined;
    } catch {
      return undefined;
    }
  }

  get #key(): string {
    return `askdocs:${this.siteKey}:width`;
  }

  get #most(): number {
    return Math.max(LEAST, innerWidth - PAGE);
  }

  get #isRightToLeft(): boolean {
    return getComputedStyle(this.#page).direction === "rtl";
  }

  #show(): void {
    if (!this.#wide.matches) {
      this.#leave();
      return;
    }
    const width = this.#isExpanded ? this.#most : Math.min(Math.max(this.#width, LEAST), this.#most);
    const { style, dataset } = this.#page;
    this.dialog.classList.add("docked");
    this.dialog.style.setProperty("--_dock", `${width}px`);
    this.#handle.ariaValueMin = String(LEAST);
    this.#handle.ariaValueMax = String(this.#most);
    this.#handle.ariaValueNow = String(width);
    dataset.askdocsDocked = "";
    style.setProperty("--askdocs-room", `${width}px`);
    style.paddingRight = this.#isRightToLeft ? "" : `${width}px`;
    style.paddingLeft = this.#isRightToLeft ? `${width}px` : "";
    // Some headers keep to the room that is left, others go over the whole width: the chat stays below these.
    this.dialog.style.setProperty("--_clear", `${this.panel.headerHeight(this.#isRightToLeft ? width / 2 : innerWidth - width / 2)}px`);
  }

  #leave(): void {
    const { style, dataset } = this.#page;
    this.dialog.classList.remove("docked");
    delete dataset.askdocsDocked;
    for (const name of ["--askdocs-room", "padding-right", "padding-left"]) {
      style.removeProperty(name);
    }
  }

  #resize(width: number): void {
    this.#isExpanded = false;
    this.#width = Math.round(Math.min(Math.max(width, LEAST), this.#most));
    this.#show();
    try {
      this.#storage?.setItem(this.#key, String(this.#width));
    } catch {
      // Storage is full: the width lasts as long as the page.
    }
  }

  #press(event: KeyboardEvent): void {
    const wider = this.#isRightToLeft ? "ArrowRight" : "ArrowLeft";
    const narrower = this.#isRightToLeft ? "ArrowLeft" : "ArrowRight";
    const { offsetWidth } = this.dialog;
    const widths: Record<string, number> = {
      [wider]: offsetWidth + STEP,
      [narrower]: offsetWidth - STEP,
      Home: LEAST,
      End: this.#most,
    };
    const width = widths[event.key];
    if (width !== undefined) {
      event.preventDefault();
      this.#resize(width);
    }
  }

  #grasp(event: PointerEvent): void {
    const { offsetWidth } = this.dialog;
    const from = event.clientX;
    const towards = this.#isRightToLeft ? 1 : -1;
    const move = ({ clientX }: PointerEvent): void => this.#resize(offsetWidth + towards * (clientX - from));
    event.preventDefault();
    this.#handle.setPointerCapture(event.pointerId);
    this.#handle.addEventListener("pointermove", move);
    this.#handle.addEventListener("lostpointercapture", () => this.#handle.removeEventListener("pointermove", move), { once: true });
  }
}
