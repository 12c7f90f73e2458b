/** Opens and closes the dialog: beside the page on wide screens, in place of it on phones, both in the top layer; or within it. */

import { BackButton } from "./history.js";

const PHONE = "(width < 640px)";

export class Presence {
  readonly #phone = matchMedia(PHONE);
  readonly #changeMode = (): void => this.#switch();
  readonly #back: BackButton;
  #opener: HTMLElement | undefined;

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly launcher: HTMLElement,
    /** Within the page: always there. */
    private readonly inline: boolean,
    back: () => void,
    /** Called when the dialog was shown or hidden. */
    private readonly changed: () => void,
  ) {
    this.#back = new BackButton(back);
    launcher.ariaExpanded = "false";
    this.#phone.addEventListener("change", this.#changeMode);
  }

  get isOpen(): boolean {
    return this.dialog.open || this.dialog.matches(":popover-open");
  }

  get isModal(): boolean {
    return this.#phone.matches && !this.inline;
  }

  open(): void {
    this.#opener = activeElement();
    this.#show();
    this.launcher.ariaExpanded = "true";
  }

  /** `stays` on the phone's history when the reader goes to another page. */
  close(stays = false): void {
    const hadFocus = (this.dialog.getRootNode() as ShadowRoot).activeElement !== null;
    this.#hide();
    if (!stays) {
      this.#back.leave();
    }
    this.launcher.ariaExpanded = "false";
    if (!hadFocus) {
      return; // The reader is elsewhere on the page.
    }
    const opener = this.#opener?.isConnected && this.#opener !== document.body ? this.#opener : this.launcher;
    opener.focus({ preventScroll: true });
  }

  end(): void {
    this.#phone.removeEventListener("change", this.#changeMode);
    this.#back.end();
    if (this.isOpen) {
      this.#hide();
      this.launcher.ariaExpanded = "false";
    }
  }

  #show(): void {
    if (this.inline) {
      this.dialog.open = true; // show() would take the focus
    } else if (this.isModal) {
      this.dialog.removeAttribute("popover");
      this.dialog.showModal();
      this.#back.enter();
    } else {
      this.dialog.style.setProperty("--_clear", `${headerHeight(innerWidth / 2)}px`);
      this.dialog.popover = "manual";
      // Else showing would take the focus, also when the chat only comes back after a page load.
      this.dialog.inert = true;
      this.dialog.showPopover();
      this.dialog.inert = false;
    }
    this.changed();
  }

  #hide(): void {
    if (this.dialog.open) {
      this.dialog.close();
    } else {
      this.dialog.hidePopover();
    }
    this.changed();
  }

  #switch(): void {
    if (this.isOpen && !this.inline) {
      const focused = (this.dialog.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
      this.#hide();
      this.#show();
      focused?.focus({ preventScroll: true });
    }
  }
}

/** Of a header that stays at the top of the page there: its controls remain in reach. */
export function headerHeight(x: number): number {
  // Some headers take no pointers themselves, as VitePress': what is in them does.
  const stays = (element: Element | null): Element | null =>
    element && (/fixed|sticky/.test(getComputedStyle(element).position) ? element : stays(element.parentElement));
  const bottom = document.elementsFromPoint(x, 8).map(stays).find(Boolean)?.getBoundingClientRect().bottom ?? 0;
  return bottom < innerHeight / 4 ? bottom : 0;
}

/** What has the focus, also inside other components. */
function activeElement(): HTMLElement | undefined {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) {
    active = active.shadowRoot.activeElement;
  }
  return active instanceof HTMLElement ? active : undefined;
}
