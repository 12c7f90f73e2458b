/** Shares a conversation among the tabs of a site: one that opens an empty chat goes on with it, and they hear what others add. */

import { mayStore } from "./settings.js";
import { SCHEMA, type Conversation } from "./storage.js";
import { isOpen, type Turn } from "./turn.js";
import type { View } from "./view.js";

/** Milliseconds in which other tabs answer one that has no conversation yet; a tab on the same computer needs a few of them. */
const WAIT = 200;

/** What tabs tell each other: that one has no conversation, what one's conversation is by now, or that it was deleted. */
interface Message extends Conversation {
  schema: number;
  type: "wanted" | "state" | "offer" | "deleted";
  scope: string;
  /** When it was last gone on with, in milliseconds since 1970. */
  at: number;
}

export class Tabs {
  readonly #host: HTMLElement;
  readonly #channel: BroadcastChannel;
  #at = 0;
  #askedFor: string | undefined;
  #offer: Message | undefined;
  /** What another tab said of the same conversation while an answer was given here. */
  #missed: Message | undefined;
  #isTaking = false;

  constructor(private readonly view: View) {
    const { root, signal, conversation } = view;
    this.#host = root.host as HTMLElement;
    this.#channel = new BroadcastChannel(`askdocs:${this.#host.getAttribute("site-key")}${view.owner && `:${view.owner}`}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.schema === SCHEMA && data.scope === conversation.scope && mayStore(this.#host)) {
        this.#hear(data);
      }
    };
    signal.addEventListener("abort", () => this.#channel.close());
    this.#ask();
  }

  /** The conversation has changed here, or it is another one. */
  changed(): void {
    const { conversation } = this.view;
    this.#ask();
    if (this.#isTaking || conversation.isBusy || conversation.session === "") {
      return;
    }
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed?.session === conversation.session) {
      // What was answered here is whole; the other tab may have seen a part of it.
      const rest = new Map(conversation.turns.map((turn) => [turn.messageId, turn]));
      const turns = missed.turns.map((turn) => {
        const own = rest.get(turn.messageId);
        rest.delete(turn.messageId);
        return own ?? turn;
      });
      this.#take({ ...missed, turns: [...turns, ...rest.values()] });
    }
    this.#at = Date.now();
    this.#post("state");
  }

  /** The conversation was deleted on the server. */
  deleted(session: string): void {
    this.#post("deleted", session);
  }

  /** Once for each version of the docs: a conversation that the reader clears does not come back. */
  #ask(): void {
    const { conversation } = this.view;
    if (this.#askedFor !== conversation.scope) {
      this.#askedFor = conversation.scope;
      if (conversation.turns.length === 0) {
        this.#post("wanted");
        setTimeout(() => this.#takeOffer(), WAIT);
      }
    }
  }

  #hear(message: Message): void {
    const { conversation } = this.view;
    const isSame = message.session !== "" && message.session === conversation.session;
    if (message.type === "wanted") {
      if (conversation.session !== "") {
        this.#post("offer");
      }
    } else if (message.type === "offer") {
      this.#offer = message.at > (this.#offer?.at ?? -1) ? message : this.#offer;
    } else if (message.type === "deleted") {
      if (isSame) {
        conversation.clear();
      }
    } else if (isSame && conversation.isBusy) {
      this.#missed = message;
    } else if (isSame) {
      this.#take(message);
    }
  }

  #takeOffer(): void {
    const { conversation, signal } = this.view;
    if (this.#offer && conversation.turns.length === 0 && !signal.aborted) {
      this.#take(this.#offer);
    }
    this.#offer = undefined;
  }

  #take(message: Message): void {
    const { conversation } = this.view;
    if (JSON.stringify(message.turns) !== JSON.stringify(conversation.turns)) {
      this.#at = message.at;
      this.#isTaking = true;
      conversation.take(message);
      this.#isTaking = false;
    }
  }

  #post(type: Message["type"], session = this.view.conversation.session): void {
    if (mayStore(this.#host)) {
      const { scope, turns } = this.view.conversation;
      // What the server does not know yet would be asked once more by whoever takes it.
      const begun = turns.filter((turn: Turn) => !isOpen(turn) || turn.messageId);
      this.#channel.postMessage({ schema: SCHEMA, type, scope, session, turns: type === "wanted" ? [] : begun, at: this.#at } satisfies Message);
    }
  }
}
