/**
 * The chat without its looks, for teams that show it themselves: asks, goes on, stops, remembers. It needs no DOM and runs where
 * there is `fetch`. Markdown is the host's; what an answer cites is said by `references` and `referenceFor`.
 */

import { Client, type Feedback, type Question } from "./client.js";
import { Conversation } from "./conversation.js";
import type { Failure } from "./failure.js";
import * as resuming from "./resuming.js";
import { openSession } from "./session.js";
import { Store } from "./storage.js";
import type { Part } from "./stream.js";
import type { Excerpt, Turn } from "./turn.js";
import { isSessionMissing } from "./user.js";

export { linkTo } from "./citations.js";
export { Failure } from "./failure.js";
export { referenceFor, references } from "./turn.js";
export type { Answering, Client, Feedback, Question } from "./client.js";
export type { FailureCode, Vote } from "./contract.js";
export type { AnswerEnd, AnswerStatus, Citation, Part, Source, Support } from "./stream.js";
export type { Excerpt, Reference, Turn } from "./turn.js";

export interface ClientOptions {
  /** Where the backend answers: an origin, or "" for the page's own. */
  api: string;
  /** The site's public key. */
  siteKey: string;
  /** Who asks: a short-lived token that the host's server signed. */
  user?: string | null;
  /** Resolves to another token when the server refused the one there was, for the reason in `message`; to null when there is none. */
  renewUser?: (message: string) => Promise<string | null>;
}

/** Where questions are asked from. */
export interface Page {
  url: string;
  title: string;
  /** The docs version and what readers call it, and the language of the page. */
  version?: string;
  versionLabel?: string;
  locale?: string;
}

export interface ConversationOptions extends ClientOptions {
  page?: Page;
  /** Where conversations are kept, such as `sessionStorage`; without one they last as long as the object. */
  storage?: Storage;
}

/** What there is to show; another object after each change, and its turns too where they changed. */
export interface Snapshot {
  readonly turns: readonly Turn[];
  readonly isBusy: boolean;
}

/** Talks to the backend, and remembers nothing. */
export function createClient(options: ClientOptions): Client {
  return connect(options, { user: options.user ?? null });
}

function connect({ api, siteKey, renewUser }: ClientOptions, who: { user: string | null }): Client {
  return new Client(api, siteKey, who, async (failure, body, client, refused) => {
    if (isSessionMissing(body)) {
      return openSession(client);
    }
    who.user = (await renewUser?.(failure.message)) ?? null;
    if (who.user === null || who.user === refused) {
      throw failure;
    }
  });
}

/** The parts of an answer as they arrive. Throws a Failure where `Client.ask` does; leaving the loop ends the answer. */
export async function* parts(client: Client, question: Question, signal?: AbortSignal): AsyncGenerator<Part, void> {
  const arrived: Part[] = [];
  const left = new AbortController();
  let outcome: { failure?: unknown } | undefined;
  let wake = (): void => undefined;
  const receive = (part: Part): void => {
    arrived.push(part);
    wake();
  };
  const end = (failure?: unknown): void => {
    outcome = { failure };
    wake();
  };
  client.ask(question, AbortSignal.any([left.signal, ...(signal ? [signal] : [])]), receive).then(() => end(), end);
  try {
    while (arrived.length > 0 || !outcome) {
      yield* arrived.splice(0);
      if (arrived.length === 0 && !outcome) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    if (outcome.failure !== undefined) {
      throw outcome.failure as Failure;
    }
  } finally {
    left.abort();
  }
}

/** A conversation that can be subscribed to, as React's `useSyncExternalStore` does. */
export class ConversationStore {
  readonly #who: { user: string | null };
  readonly #listeners = new Set<() => void>();
  readonly #conversation: Conversation;
  #page: Page;
  #snapshot: Snapshot;

  constructor(options: ConversationOptions) {
    this.#who = { user: options.user ?? null };
    this.#page = options.page ?? { url: "", title: "" };
    this.#conversation = new Conversation(
      connect(options, this.#who),
      new Store(() => options.storage, options.siteKey),
      () => {
        const { url, title, version = "", versionLabel = version, locale = "" } = this.#page;
        return { asked: { page: { url, title }, version, locale }, versionLabel };
      },
      () => this.#change(),
      () => Promise.resolve(resuming),
    );
    this.#snapshot = this.#look();
  }

  /** Calls `listener` after each change until the function that it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /**
   * Resolves when the answer is over, however it ended; false when the question was not taken: blank, or another is being
   * answered. `excerpt` is text of the page that it is about.
   */
  async ask(question: string, excerpt?: Excerpt): Promise<boolean> {
    const trimmed = question.trim();
    return trimmed !== "" && this.#conversation.ask(trimmed, excerpt);
  }

  /** Asks the question of a turn again, or another one, in its place. */
  retry(index: number, question?: string): Promise<void> {
    return this.#conversation.retry(index, question);
  }

  /** Goes on with an answer that was being given when the conversation was stored. */
  async resume(): Promise<void> {
    await this.#conversation.resume();
  }

  stop(): void {
    this.#conversation.stop();
  }

  /** Throws a Failure when it cannot be sent. */
  giveFeedback(index: number, feedback: Feedback): Promise<void> {
    return this.#conversation.giveFeedback(index, feedback);
  }

  /** Begins anew. What was said stays in the server's log. */
  clear(): void {
    this.#conversation.clear();
  }

  /** Begins anew, and has the server delete what was said. Throws a Failure when it cannot. */
  forget(): Promise<void> {
    return this.#conversation.forget();
  }

  /** The reader is on another page. Another version has another conversation. */
  setPage(page: Page): void {
    this.#page = page;
    this.#conversation.move(page.version ?? "");
  }

  /** Says who asks, from the next request on; null for nobody. */
  setUser(token: string | null): void {
    this.#who.user = token;
  }

  /** The last call: stores what there is, and ends what is being read. */
  end(): void {
    this.#listeners.clear();
    this.#conversation.end();
  }

  #look(): Snapshot {
    return { turns: [...this.#conversation.turns], isBusy: this.#conversation.isBusy };
  }

  #change(): void {
    this.#snapshot = this.#look();
    this.#listeners.forEach((listener) => listener());
  }
}
