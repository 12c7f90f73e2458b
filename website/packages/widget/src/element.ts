/** <askdocs-chat>: the launcher, and the panel that is loaded when somebody is about to use it. */

import type { Panel, PanelModule } from "./contract.js";
import { createLauncher, labelFor } from "./launcher.js";
import { isTyping, spell } from "./shortcut.js";

// There is no HTMLElement where pages are rendered on a server; importing this file there must not fail.
const Base = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

export class AskdocsChat extends Base {
  static readonly observedAttributes = ["site-key", "version", "version-label", "locale", "label", "suggestions"];

  /** Fetches the panel. `attempt` counts from 0: browsers remember a failed import by its address. */
  static load: (attempt: number) => Promise<PanelModule>;

  /** Registers the element, once. */
  static define(): void {
    if (!customElements.get("askdocs-chat")) {
      customElements.define("askdocs-chat", this);
    }
  }

  #launcher: HTMLButtonElement | undefined;
  #panel: Panel | undefined;
  #loading: Promise<Panel | undefined> | undefined;
  #attempts = 0;

  get isOpen(): boolean {
    return !!this.#panel?.isOpen;
  }

  /** When the panel cannot be loaded, "askdocs:error" says so; the next call tries again. */
  async open(): Promise<void> {
    (await this.#load())?.open();
  }

  close(): void {
    this.#panel?.close();
  }

  /** Resolves when the answer is over; false when the question was not taken. */
  async ask(question: string): Promise<boolean> {
    const panel = await this.#load();
    panel?.open();
    return !!(await panel?.ask(question));
  }

  connectedCallback(): void {
    this.#launcher ??= this.#createLauncher();
    this.#label();
    document.addEventListener("keydown", this);
    document.addEventListener("click", this);
    if (wasOpen(this.getAttribute("site-key"))) {
      void this.#load().then((panel) => panel?.open({ restored: true }));
    }
  }

  disconnectedCallback(): void {
    // A move within the document disconnects and connects at once: the conversation survives that.
    queueMicrotask(() => {
      if (!this.isConnected) {
        document.removeEventListener("keydown", this);
        document.removeEventListener("click", this);
        this.#panel?.destroy();
        this.#panel = this.#loading = undefined;
      }
    });
  }

  attributeChangedCallback(name: string): void {
    this.#label();
    this.#panel?.refresh(name);
  }

  handleEvent(event: Event): void {
    event instanceof KeyboardEvent ? this.#press(event) : this.#click(event);
  }

  #createLauncher(): HTMLButtonElement {
    const launcher = createLauncher(this.attachShadow({ mode: "open" }));
    const warm = () => void this.#load();
    launcher.addEventListener("pointerenter", warm);
    launcher.addEventListener("focus", warm);
    launcher.addEventListener("click", () => void this.open());
    return launcher;
  }

  #label(warning = ""): void {
    if (this.#launcher) {
      const locale = this.getAttribute("locale") ?? document.documentElement.lang;
      this.#launcher.lastChild!.textContent = warning + (this.getAttribute("label") ?? labelFor(locale));
    }
  }

  #press(event: KeyboardEvent): void {
    const target = event.composedPath()[0] as HTMLElement;
    const shortcut = this.getAttribute("shortcut") ?? "mod+i";
    const elsewhere = isTyping(target) && !this.shadowRoot!.contains(target);
    if (spell(event) === shortcut && !event.defaultPrevented && !elsewhere) {
      event.preventDefault();
      this.isOpen ? this.close() : void this.open();
    }
  }

  /** Anything on the page can open the chat: <a data-askdocs-open> or <button data-askdocs-open="a question">. */
  #click(event: Event): void {
    // Scripts may click on the document itself, which has no such method.
    const opener = (event.target as Partial<Element>).closest?.<HTMLElement>("[data-askdocs-open]");
    if (opener) {
      event.preventDefault();
      const question = opener.dataset.askdocsOpen;
      void (question ? this.ask(question) : this.open());
    }
  }

  #load(): Promise<Panel | undefined> {
    return (this.#loading ??= AskdocsChat.load(this.#attempts++)
      .then((module) => module.mount(this, this.#launcher!))
      .then((panel) => {
        this.#label();
        this.#panel?.destroy(); // It had begun to load before the chat left the page and came back.
        return (this.#panel = panel);
      })
      .catch((error: unknown) => {
        this.#loading = undefined;
        this.#label("⚠ ");
        const detail = { code: "load", message: String(error) };
        this.dispatchEvent(new CustomEvent("askdocs:error", { detail, bubbles: true }));
        return undefined;
      }));
  }
}

function wasOpen(siteKey: string | null): boolean {
  try {
    return !!sessionStorage.getItem(`askdocs:${siteKey}:open`);
  } catch {
    return false; // Storage is blocked: there is nothing to restore.
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "askdocs-chat": AskdocsChat;
  }
}
