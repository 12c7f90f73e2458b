/** The last conversations on this device, where the host keeps them there (storage="device"), and their list. */

import { button, create } from "./dom.js";
import { mayStore } from "./settings.js";
import { SCHEMA, type Conversation } from "./storage.js";
import type { View } from "./view.js";

const MOST_KEPT = 10;

interface Archived extends Conversation {
  /** The docs version that it is about. */
  scope: string;
  /** When it was last gone on with, in milliseconds since 1970. */
  at: number;
}

export class Archive {
  readonly #host: HTMLElement;

  constructor(private readonly view: View) {
    this.#host = view.root.host as HTMLElement;
    this.#render();
  }

  /** Keeps the conversation as it stands; an empty chat lists the others. */
  keep(): void {
    const { session, turns, scope } = this.view.conversation;
    if (session !== "" && this.#mayKeep()) {
      const kept = this.#read();
      const known = kept.find((conversation) => conversation.session === session);
      if (JSON.stringify(known?.turns) !== JSON.stringify(turns)) {
        this.#write([{ session, turns: [...turns], scope, at: Date.now() }, ...kept.filter((each) => each !== known)]);
      }
    }
    this.#render();
  }

  forget(session: string): void {
    this.#write(this.#read().filter((conversation) => conversation.session !== session));
    this.#render();
  }

  /** What greets readers gets a list of the last conversations about this version. */
  #render(): void {
    const { strings, root, conversation } = this.view;
    const { scope } = conversation;
    const welcome = root.querySelector(".welcome");
    const log = root.querySelector<HTMLElement>(".log");
    const found = this.#read().filter((archived) => archived.scope === scope);
    welcome?.querySelector(".history")?.remove();
    if (!log || !welcome || found.length === 0) {
      return;
    }
    const { lang } = root.querySelector("dialog")!;
    // So short that there is room for the question on a phone.
    const when = (at: number): string => {
      const isToday = new Date(at).toDateString() === new Date().toDateString();
      return new Intl.DateTimeFormat(lang, isToday ? { timeStyle: "short" } : { dateStyle: "medium" }).format(at);
    };
    const items = found.map((archived) => {
      const press = (): void => {
        log.focus(); // The button that had it is about to go.
        conversation.take(archived);
      };
      const question = create("span", { dir: "auto" }, archived.turns[0]!.question);
      return create("li", {}, button({ class: "earlier", part: "earlier" }, press, question, create("span", { class: "note" }, when(archived.at))));
    });
    const clear = button({ class: "link note" }, () => {
      this.#write(this.#read().filter((archived) => archived.scope !== scope));
      log.focus();
      this.#render();
      this.view.say(strings.historyCleared);
    }, strings.clearHistory);
    welcome.prepend(create("section", { class: "history", part: "history" }, create("h3", {}, strings.history), create("ul", {}, ...items), clear));
  }

  #read(): Archived[] {
    try {
      const stored = this.#mayKeep() ? (JSON.parse(localStorage.getItem(this.#key)!) as Archived[]) : [];
      return stored.filter(({ turns }) => turns.length > 0);
    } catch {
      return []; // Nothing is kept, storage is blocked, or what is there is spoilt.
    }
  }

  /** The oldest are dropped where there is no room for all. */
  #write(conversations: Archived[]): void {
    for (let kept = conversations.slice(0, MOST_KEPT); this.#mayKeep(); kept = kept.slice(0, -1)) {
      try {
        if (kept.length === 0) {
          localStorage.removeItem(this.#key);
        } else {
          localStorage.setItem(this.#key, JSON.stringify(kept));
        }
        return;
      } catch {
        if (kept.length === 0) {
          return;
        }
      }
    }
  }

  #mayKeep(): boolean {
    return this.#host.getAttribute("storage") === "device" && mayStore(this.#host);
  }

  /** Another version of the chat has a list of its own: neither takes anything from the other's. */
  get #key(): string {
    return `askdocs:${this.#host.getAttribute("site-key")}:${this.view.owner}history:${SCHEMA}`;
  }
}
