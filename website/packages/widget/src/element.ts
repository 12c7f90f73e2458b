/** <askdocs-chat>: the launcher, and the panel that is loaded when somebody is about to use it. */

import type { Context, Panel, PanelModule } from "./contract.js";
import { createLauncher } from "./launcher.js";
import { colorScheme } from "./scheme.js";
import { isTaken, spell } from "./shortcut.js";
import type { Overrides } from "./strings/index.js";

// There is no HTMLElement where pages are rendered on a server; importing this file there must not fail.
const Base = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

/** Sets attributes by the names that `dataset` would have for them, and removes those that are null. */
export function describe(element: HTMLElement, values: Readonly<Record<string, string | null | undefined>>): void {
  for (const name in values) {
    const attribute = name.replace(/[A-Z]/g, "-$&"); // HTML has its attributes in lower case.
    const value = values[name];
    value == null ? element.removeAttribute(attribute) : element.setAttribute(attribute, value);
  }
}

/** The last click that opened a chat: of several on a page, the first one takes it. */
let handled: Event | undefined;

export class AskdocsChat extends Base {
  static readonly observedAttributes = ["site-key", "version", "version-label", "locale", "label", "suggestions", "theme", "consent", "layout"];

  /** Fetches the panel. */
  declare static load: () => Promise<PanelModule>;

  /** Registers the element, once. */
  static define(): void {
    if (!customElements.get("askdocs-chat")) {
      customElements.define("askdocs-chat", this);
    }
  }

  /** Words that the chat says otherwise; set them before it is opened. The attribute of that name holds them as JSON. */
  declare strings?: Overrides;

  /** @internal What `setUser` was told, for the panel. */
  declare user?: string | null;

  #panel: Panel | undefined;
  #loading: Promise<Panel | undefined> | undefined;
  /** As the host says, or as light or dark as the page. */
  readonly #tint = (): void => {
    if (this.isConnected) {
      this.style.colorScheme = this.getAttribute("theme") ?? colorScheme();
    }
  };
  readonly #press = (event: KeyboardEvent): void => {
    const path = event.composedPath() as HTMLElement[];
    const inside = path.includes(this);
    if (spell(event) === (this.getAttribute("shortcut") ?? "mod+i") && !event.defaultPrevented && (inside || !path.some(isTaken))) {
      event.preventDefault();
      inside && this.isOpen ? this.close() : void this.open();
    }
  };

  /** Anything on the page can open the chat: <a data-askdocs-open> or <button data-askdocs-open="a question">. */
  readonly #click = (event: Event): void => {
    // Scripts may click on the document itself, which has no such method.
    const opener = (event.target as Partial<Element>).closest?.<HTMLElement>("[data-askdocs-open]");
    if (opener) {
      if (handled !== event) {
        handled = event;
        event.preventDefault();
        void this.ask(opener.dataset.askdocsOpen ?? ""); // No question only opens it.
      }
    } else if (!getSelection()!.isCollapsed) {
      void this.#load(); // It offers to ask about what is selected.
    }
  };

  readonly #page = new MutationObserver(this.#tint);
  readonly #launcher = createLauncher(this.attachShadow({ mode: "open" }));

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

  /**
   * Says where questions are asked from, where the page's address and the attributes do not: each name is an attribute's,
   * as `pageUrl` is of `page-url`. What is left out stays as it is; null removes.
   */
  setContext(context: Context): void {
    describe(this, context);
  }

  /**
   * Says who asks: a token that the host's server signed, for each request from now on; null for nobody. It is kept in
   * memory only.
   */
  setUser(token: string | null): void {
    this.user = token;
  }

  /** What the reader says to storing the conversation: sets the attribute `consent`. */
  setConsent(given: boolean): void {
    this.setAttribute("consent", given ? "given" : "required");
  }

  /** Takes the chat off the page, and ends all that it does there. */
  destroy(): void {
    this.remove();
  }

  connectedCallback(): void {
    this.#launcher.onpointerenter = this.#launcher.onfocus = () => void this.#load();
    this.#launcher.onclick = () => void this.open();
    this.ontransitionend = this.#tint;
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
      if (this.matches("[layout=inline]") || sessionStorage[`askdocs:${this.getAttribute("site-key")}:open`]) {
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

  #label(warning = ""): void {
    const isGerman = /^de/i.test(this.getAttribute("locale") ?? document.documentElement.lang);
    this.#launcher.textContent = warning + (this.getAttribute("label") ?? (isGerman ? "Doku fragen" : "Ask the docs"));
    this.#tint();
  }

  #load(): Promise<Panel | undefined> {
    return (this.#loading ??= AskdocsChat.load()
      .then((module) => module.mount(this, this.#launcher))
      .then((panel) => {
        this.#label();
        this.disconnectedCallback(); // The chat may have left the page meanwhile,
        this.#panel?.destroy(); // or come back to it, and begun to load this once more.
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
