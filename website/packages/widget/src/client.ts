/** Talks to the backend: questions, their answers once more, feedback, and the deletion of a conversation. */

import { Failure, fromResponse } from "./failure.js";
import type { Host, Vote } from "./contract.js";
import { sitesOf } from "./settings.js";
import { EventReader, parsePart, type Part } from "./stream.js";
import type { Excerpt } from "./turn.js";

export interface Question {
  question: string;
  excerpt?: Excerpt | undefined;
  session?: string | undefined;
  /** The session's last answer, which the new one is to take the place of. */
  replaces?: string | undefined;
  page: { url: string; title: string };
  version: string;
  locale: string;
}

/** What names an answer that is being given. */
export interface Answering {
  messageId: string;
  session: string;
}

export interface Feedback {
  vote: Vote;
  reason: string;
  comment: string;
}

export interface Timing {
  /** Milliseconds without a single byte (servers send comments to keep streams alive) after which we give up. */
  silence: number;
  /** Milliseconds before the one further attempt when the server names no time. */
  pause: number;
  /** The longest time in milliseconds that we wait on the reader's behalf, rather than tell them. */
  patience: number;
}

/**
 * Milliseconds for which what arrives is gathered: a fast model sends a hundred words in a second, each a task of its own. What
 * was gathered when the connection breaks comes again when the answer is resumed.
 */
const REST = 50;
/** So many parts are read at once of those that come together, as those of an answer that is resumed: 0.01 ms each. */
const PARTS = 128;

type Content = Omit<RequestInit, "headers"> & { headers: Record<string, string> };

export const TIMING: Timing = { silence: 45_000, pause: 800, patience: 5_000 };

export class Client {
  readonly sites: string;
  /** What goes along with each request. */
  readonly headers: Record<string, string> = {};

  constructor(
    api: string,
    siteKey: string,
    private readonly host: Pick<Host, "user">,
    /** Resolves when the client has what the server missed, as `body` says, or another token; throws when there will be none. */
    private readonly renew: (failure: Failure, body: string, client: Client, refused?: string | null) => Promise<void>,
    readonly timing = TIMING,
  ) {
    this.sites = sitesOf({ api, siteKey });
  }

  /**
   * Asks, and hands over each part as it arrives. Resolves after the stream's finish; throws a Failure for
   * everything else: "interrupted" when the connection broke after the answer's start, so that it can be resumed.
   * Asks a second time only while nothing of an answer has arrived.
   */
  async ask(question: Question, signal: AbortSignal, receive: (part: Part) => void): Promise<void> {
    let { session, replaces } = question;
    const begun: string[] = []; // types of the parts that have arrived
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#stream("POST", "/chat", json({ ...question, session, replaces, resumable: true }), signal, (part) => {
          begun.push(part.type);
          receive(part);
        });
        return;
      } catch (error) {
        const failure = toFailure(error);
        if (signal.aborted || begun.length > 0) {
          throw /network|offline|timeout/.test(failure.code) ? new Failure("interrupted") : failure;
        }
        if (failure.code === "missing" && (session ?? replaces)) {
          // Another tab has asked since, or the conversation is gone; the question still stands.
          replaces ? (replaces = undefined) : (session = undefined);
          continue;
        }
        const wait = failure.retryAfter === undefined ? this.timing.pause : failure.retryAfter * 1000;
        if (attempt > 0 || !isPassing(failure) || wait > this.timing.patience) {
          throw failure;
        }
        await pause(wait, signal);
      }
    }
  }

  /** The answer from its beginning, and on as it is given; throws as `ask` does, "missing" when there is none to be had. */
  async resume({ messageId, session }: Answering, signal: AbortSignal, receive: (part: Part) => void): Promise<void> {
    try {
      await this.#stream("GET", pathOf(messageId), of(session), signal, receive);
    } catch (error) {
      throw toFailure(error);
    }
  }

  /** Ends an answer. One that cannot be reached ends by itself, after a while without readers. */
  async stop({ messageId, session }: Answering): Promise<void> {
    await this.#send("DELETE", pathOf(messageId), { ...of(session), keepalive: true }).catch(() => undefined);
  }

  async giveFeedback(messageId: string, feedback: Feedback): Promise<void> {
    await this.#send("POST", `/messages/${encodeURIComponent(messageId)}/feedback`, json(feedback));
  }

  /** Deletes the conversation from the server's log. One that is gone already is fine. */
  async forget(session: string): Promise<void> {
    try {
      await this.#send("DELETE", "/session", of(session));
    } catch (error) {
      if (!(error instanceof Failure && error.code === "missing")) {
        throw error;
      }
    }
  }

  async #stream(method: string, path: string, content: Content, signal: AbortSignal, receive: (part: Part) => void): Promise<void> {
    // Aborts when nothing was heard for a while, or when the reader wants no more.
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    addEventListener("offline", () => ended.abort(), ended); // What is sent now would be waited for in vain.
    try {
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => ended.abort(new Failure("timeout")), this.timing.silence);
      };
      heard();
      const response = await this.#fetch(method, path, content, AbortSignal.any([signal, ended.signal]));
      if (response.status === 204) {
        throw new Failure("missing");
      }
      const reader = response.body!.getReader();
      const events = new EventReader();
      for (;;) {
        heard();
        const { done, value } = await reader.read();
        if (done) {
          throw new Failure("interrupted");
        }
        for (const arrived = events.read(value); arrived.length > 0; ) {
          for (const data of arrived.splice(0, PARTS)) {
            const part = parsePart(data);
            if (part?.type === "finish") {
              return;
            }
            if (part?.type === "error") {
              throw new Failure("answer", part.message);
            }
            if (part !== undefined) {
              receive(part);
            }
          }
          // A page that nobody sees has nothing to do, and its timers take seconds.
          if (!document.hidden) {
            await pause(arrived.length > 0 ? 0 : REST, signal);
          }
        }
      }
    } catch (error) {
      const { reason } = ended.signal as { reason: unknown };
      throw reason instanceof Failure ? reason : error;
    } finally {
      clearTimeout(timer);
      ended.abort();
    }
  }

  async #send(method: string, path: string, content: Content): Promise<void> {
    try {
      await this.#fetch(method, path, content, AbortSignal.timeout(this.timing.silence));
    } catch (error) {
      throw toFailure(error);
    }
  }

  /** Once more where the server did not know who asks, and the host has another token for it. */
  async #fetch(method: string, path: string, content: Content, signal: AbortSignal, isLast?: boolean): Promise<Response> {
    const { user } = this.host;
    const headers = { ...content.headers, ...this.headers, ...(user && { "x-askdocs-user": user }) };
    const response = await fetch(this.sites + path, { ...content, headers, method, signal, credentials: "omit" });
    if (response.ok) {
      return response;
    }
    const body = await response.text();
    const failure = fromResponse(response.status, body, response.headers.get("retry-after"));
    if (failure.code !== "user" || isLast) {
      throw failure;
    }
    await this.renew(failure, body, this, user);
    return this.#fetch(method, path, content, signal, true);
  }
}

function pathOf(messageId: string): string {
  return `/chat/${encodeURIComponent(messageId)}/stream`;
}

function of(session: string): Content {
  return { headers: { "x-askdocs-session": session } };
}

function json(body: object): Content {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) {
    return error;
  }
  return new Failure(navigator.onLine ? "network" : "offline");
}

function isPassing({ code, retryAfter }: Failure): boolean {
  return code === "network" || (retryAfter !== undefined && (code === "limited" || code === "server"));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Failure("network"));
    });
  });
}
