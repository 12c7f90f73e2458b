/** What every part of the panel needs to show itself. */

import type { Conversation } from "./conversation.js";
import type { Site } from "./site.js";
import type { Store } from "./storage.js";
import type { Strings } from "./strings/index.js";
import type { Excerpt, Reference, Turn } from "./turn.js";

export interface View {
  /** Those of the extras once these are attached. */
  strings: Strings;
  root: ShadowRoot;
  conversation: Conversation;
  store: Store;
  /** Whose conversations these are, of those whom the host signs for. */
  owner: string;
  /** Where the server answers for the site, once the extras are attached. */
  sites?: string;
  /** What the site says to the chat, once it is open and that has come. */
  site?: Promise<Site>;
  /** Aborts when the panel is taken away. */
  signal: AbortSignal;
  ask(question: string): void;
  /** Asks again, in the place of the turn: the same or, edited, another question. */
  retry(turn: Turn, question?: string): void;
  /** Hands over what the next question is about, if there is something. */
  takeExcerpt?: (() => Excerpt) | undefined;
  /** Says something once to screen readers. */
  say(text: string): void;
  /** A click on a link to the docs. */
  follow(event: MouseEvent, url: string, quote: string): void;
  /** What each mark leads to, and for which version of the docs. */
  cited: WeakMap<Element, { reference: Reference; version: string }>;
}
