/** <askdocs-chat>: the launcher, and the panel that is loaded when somebody is about to use it. */

import type { Context, Panel, PanelModule } from "./contract.js";
import { createLauncher } from "./launcher.js";
import { colorScheme } from "./scheme.js";
import { isTaken, spell } from "./shortcut.js";
import type { Overrides } from "./strings/index.js";

// There is no HTMLElement where pages are rendered on a server; importing this file there must not fail.
const Base = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (Object as unknown as typeof HTMLElement);

/** @internal Sets attributes by the names that `dataset` would have for them, and removes those that are null. */
export function describe(element: HTMLElement, values: Readonly<Record<string, string | null | undefined>>): void {
  for (const name in values) {
    const attribute = name.replace(/[A-Z]/g, "-$&"); // HTML has its attributes in lower case.
    const value = values[name];
    value == null ? element.removeAttribute(attribute) : element.setAttribute(attribute, value);
  }
}

/** The last click that opened a chat: of several on a page, the first one takes it. */
let handled: Event | undefined;

/**
 * A chat that answers from a site's docs.
 *
 * @tag askdocs-chat
 *
 * @attr {string} site-key - The site's public key; needed.
 * @attr {string} api - Where the backend answers; "" for the page's own origin. Default: the origin that the panel came from.
 * @attr {string} version - The docs version that questions are about.
 * @attr {string} version-label - What readers call that version.
 * @attr {string} locale - The page's locale, which chooses the words of the chat. Default: `lang` of the page.
 * @attr {"light" | "dark"} theme - Default: as the page is, whatever switches it.
 * @attr {string} label - Text of the launcher and title of the chat.
 * @attr {string} strings - Words that the chat says otherwise: a JSON object.
 * @attr {string} suggestions - Questions to begin with: a JSON list, or with | between them.
 * @attr {string} page-suggestions - The same for this page, in place of the site's.
 * @attr {"floating" | "docked" | "inline"} layout - Over the page's corner, at its side, or where the element stands.
 * @attr {string} shortcut - Keys that open and close, such as mod+shift+k; none for no keys. Default: mod+i.
 * @attr {"none"} launcher - Hides the button: something else opens the chat.
 * @attr {number} max-length - The longest question in characters. Default: 4000.
 * @attr {string} privacy-url - A page to link under the field.
 * @attr {"none"} excerpts - Offers no button beside text that is selected on the page.
 * @attr {string} excerpt - Text of the page that the next question is about; taken once.
 * @attr {string} excerpt-language - The programming language of that text, where it is code.
 * @attr {string} search-url - The site's search, for readers whom an answer does not help; {question} stands for the question.
 * @attr {string} support-url - The site's people, likewise.
 * @attr {string} page-url - The page that questions are asked on. Default: its address without query and fragment.
 * @attr {string} page-title - The title of that page. Default: the document's.
 * @attr {"required" | "given"} consent - Whether readers must consent before anything is stored, and whether they have.
 * @attr {"with-text"} events - Puts the text of questions into events.
 * @attr {"none" | "session" | "device"} storage - Where conversations are kept.
 *
 * @fires {CustomEvent<object>} askdocs:open - The chat was opened.
 * @fires {CustomEvent<object>} askdocs:close - The chat was closed.
 * @fires {CustomEvent<{ question?: string }>} askdocs:question - A question was asked; its text comes with events="with-text" only.
 * @fires {CustomEvent<{ messageId: string; status: string; mode: string; confidence: number }>} askdocs:answer - An answer is complete.
 * @fires {CustomEvent<{ messageId: string; vote: Vote; reason: string }>} askdocs:feedback - A reader judged an answer.
 * @fires {CustomEvent<{ url: string; quote: string }>} askdocs:navigate - A reader follows a citation to another page. Cancelable, by hosts that go there themselves.
 * @fires {CustomEvent<object>} askdocs:consent - Somebody is about to ask while consent is required. Cancelable: the question then waits in the field.
 * @fires {CustomEvent<{ message: string }>} askdocs:user - The server does not take the user's token. Cancelable, by hosts that fetch another one.
 * @fires {CustomEvent<{ code: FailureCode | "load"; message: string }>} askdocs:error - A question got no answer, or the chat could not be loaded.
 *
 * @cssprop --askdocs-accent - Buttons, links, focus.
 * @cssprop --askdocs-on-accent - What stands on them.
 * @cssprop --askdocs-surface - Background of the chat.
 * @cssprop --askdocs-raised - Background of code, questions, table heads.
 * @cssprop --askdocs-text - Text.
 * @cssprop --askdocs-muted - Secondary text.
 * @cssprop --askdocs-border - Lines.
 * @cssprop --askdocs-font - Typeface.
 * @cssprop --askdocs-mono - Typeface of code.
 * @cssprop --askdocs-font-size - Size of text.
 * @cssprop --askdocs-radius - Corners of the chat.
 * @cssprop --askdocs-width - Width on wide screens.
 * @cssprop --askdocs-height - Height on wide screens.
 * @cssprop --askdocs-inset - Distance of launcher and chat from the corner.
 * @cssprop --askdocs-z-index - Of the launcher; the chat itself is in the top layer.
 *
 * @csspart launcher - The button that opens the chat.
 * @csspart ask-selection - The button beside text that is selected on the page.
 * @csspart panel - The chat.
 * @csspart header - Its first line.
 * @csspart new - The button for a new conversation.
 * @csspart expand - The button that makes it larger.
 * @csspart close - The button that closes it.
 * @csspart handle - The edge of a docked chat, which can be dragged.
 * @csspart log - What scrolls.
 * @csspart welcome - What an empty chat says.
 * @csspart suggestion - A question to press.
 * @csspart history - The list of earlier conversations.
 * @csspart earlier - One of them.
 * @csspart turn - A question with its answer.
 * @csspart question - The question.
 * @csspart answer - The text of the answer.
 * @csspart citation - A mark in it.
 * @csspart preview - The card that shows where a mark leads.
 * @csspart code - A block of code.
 * @csspart copy - The button that copies it, or the answer.
 * @csspart wrap - The button that wraps its lines.
 * @csspart sources - What the answer rests on.
 * @csspart source - One place of it.
 * @csspart notice - Where the answer's words come from.
 * @csspart error - What went wrong, with a button to try again.
 * @csspart actions - What can be done with an answer.
 * @csspart vote - A button that judges it.
 * @csspart link - The button that copies a link to the question.
 * @csspart again - The button for another answer.
 * @csspart edit - The button that edits the question, and the field that it becomes.
 * @csspart feedback - What asks for reasons, and thanks.
 * @csspart exit - A link to the site's search or people.
 * @csspart search - The first of these links.
 * @csspart support - The second one.
 * @csspart latest - The button that leads to the newest words.
 * @csspart excerpt - The text that a question is about.
 * @csspart remove - The button that leaves it out.
 * @csspart composer - Field and button.
 * @csspart input - The field.
 * @csspart send - The button that sends, or stops.
 * @csspart fine-print - What stands below the field.
 * @csspart kept - The button that says what is kept, and what it says.
 */
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

  /** Whether the chat can be seen; not before its panel is loaded. */
  get isOpen(): boolean {
    return !!this.#panel?.isOpen;
  }

  /** When the panel cannot be loaded, "askdocs:error" says so; the next call tries again. */
  open(): Promise<void> {
    return this.#load().then((panel) => panel?.open());
  }

  /** Takes the conversation off the screen, and all that the chat kept for the site off this device, as when a user signs out. */
  clear(): Promise<void> {
    return this.#load().then((panel) => panel?.clear());
  }

  /** Does nothing where the chat is closed, or is a part of the page. */
  close(): void {
    this.#panel?.close();
  }

  /** Resolves when the answer is over; false when the question was not taken. */
  ask(question: string): Promise<boolean> {
    return this.open()
      .then(() => this.#panel?.ask(question))
      .then((taken) => !!taken);
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
   * memory only. The conversation of another user leaves the screen, and comes back with them alone.
   */
  setUser(token: string | null): void {
    this.user = token;
    this.#panel?.refresh("user");
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
    const locale = (): string => this.getAttribute("locale") ?? document.documentElement.lang;
    this.#launcher.textContent = warning + (this.getAttribute("label") ?? (/^de/i.test(locale()) ? "Doku fragen" : "Ask the docs"));
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
