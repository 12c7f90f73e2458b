/** <askdocs-chat>: the launcher, and the panel that is loaded when somebody is about to use it. */

import type { Panel, PanelModule } from "./contract.js";
import { createLauncher, labelFor } from "./launcher.js";
import { colorScheme } from "./scheme.js";
import { isTyping, spell } from "./shortcut.js";
import type { Overrides } from "./strings/index.js";

// There is no HTMLElement where pages are rendered on a server; importing this file there must not fail.
const Base = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

export class AskdocsChat extends Base {
  static readonly observedAttributes = ["site-key", "version", "version-label", "locale", "label", "suggestions", "theme", "consent", "layout"];

  /** Fetches the panel. `attempt` counts from 0: browsers remember a failed import by its address. */
  static load: (attempt: number) => Promise<PanelModule>;

  /** Registers the element, once. */
  static define(): void {
    if (!customElements.get("askdocs-chat")) {
      customElements.define("askdocs-chat", this);
    }
  }

  /** Words that the chat says otherwise; set them before it is opened. The attribute of that name holds them as JSON. */
  declare strings?: Overrides;

  #panel: Panel | undefined;
  #loading: Promise<Panel | undefined> | undefined;
  #attempts = 0;
  /** As the host says, or as light or dark as the page. */
  readonly #tint = (): void => {
    if (this.isConnected) {
      this.style.colorScheme = this.getAttribute("theme") ?? colorScheme();
    }
  };
  readonly #press = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    const target = path[0] as HTMLElement;
    const shortcut = this.getAttribute("shortcut") ?? "mod+i";
    const inside = path.includes(this);
    if (spell(event) === shortcut && !event.defaultPrevented && (inside || !isTyping(target))) {
      event.preventDefault();
      inside && this.isOpen ? this.close() : void this.open();
    }
  };

  /** Anything on the page can open the chat: <a data-askdocs-open> or <button data-askdocs-open="a question">. */
  readonly #click = (event: Event): void => {
    // Scripts may click on the document itself, which has no such method.
    const opener = (event.target as Partial<Element>).closest?.<HTMLElement>("[data-askdocs-open]");
    if (opener) {
      event.preventDefault();
      void this.ask(opener.dataset.askdocsOpen ?? ""); // No question only opens it.
    } else if (!getSelection()!.isCollapsed) {
      void this.#load(); // It offers to ask about what is selected.
    }
  };

  readonly #page = new MutationObserver(this.#tint);
  readonly #launcher = this.#createLauncher();

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
    await this.open();
    return !!(await this.#panel?.ask(question));
  }

  connectedCallback(): void {
    this.#label();
    for (const element of [document.documentElement, document.body]) {
      this.#page.observe(element, { attributes: true });
    }
    document.addEventListener("keydown", this.#press);
    document.addEventListener("click", this.#click);
    if (/[?#&]ask/.test(document.URL)) {
      void this.#load(); // The panel reads what it asks.
    }
    try {
      if (this.matches("[layout=inline]") || sessionStorage.getItem(`askdocs:${this.getAttribute("site-key")}:open`)) {
        void this.#load().then((panel) => panel?.open({ restored: true }));
      }
    } catch {
      // Storage is blocked: there is nothing to restore.
    }
  }

  disconnectedCallback(): void {
    // A move within the document disconnects and connects at once: the conversation survives that.
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.#page.disconnect();
        document.removeEventListener("keydown", this.#press);
        document.removeEventListener("click", this.#click);
        this.#panel?.destroy();
        this.#panel = this.#loading = undefined;
      }
    });
  }

  attributeChangedCallback(name: string): void {
    this.#label();
    this.#panel?.refresh(name);
  }

  #createLauncher(): HTMLButtonElement {
    const launcher = createLauncher(this.attachShadow({ mode: "open" }));
    launcher.onpointerenter = launcher.onfocus = () => void this.#load();
    launcher.onclick = () => {
      void this.open();
    };
    this.ontransitionend = this.#tint;
    return launcher;
  }

  #label(warning = ""): void {
    const locale = this.getAttribute("locale") ?? document.documentElement.lang;
    this.#launcher.textContent = warning + (this.getAttribute("label") ?? labelFor(locale));
    this.#tint();
  }

  #load(): Promise<Panel | undefined> {
    return (this.#loading ??= AskdocsChat.load(this.#attempts++)
      .then((module) => module.mount(this, this.#launcher))
      .then((panel) => {
        this.#label();
        this.#panel?.destroy(); // It had begun to load before the chat left the page and came back.
        return (this.#panel = panel);
      })
      .catch((error: unknown) => {
        this.#loading = undefined;
        this.#label("⚠ ");
        this.dispatchEvent(
          new CustomEvent("askdocs:error", { bubbles: true, detail: { code: "load", message: String(error) } }),
        );
        return undefined;
      }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "askdocs-chat": AskdocsChat;
  }
}
