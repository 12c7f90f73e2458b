/** What the loader and the panel know of each other, and what hosts hear. */

import type { Overrides } from "./strings/index.js";

/** The element, with what its attributes do not say. */
export interface Host extends HTMLElement {
  strings?: Overrides;
  /** Who asks: what the host's server signed. */
  user?: string | null;
}

export interface Panel {
  readonly isOpen: boolean;
  /** `restored` opens without taking the focus: the reader followed a link while the chat was open. */
  open(options?: { restored?: boolean }): void;
  close(): void;
  /** Resolves when the answer is over; false when the question was not taken: blank, too long, or another is being answered. */
  ask(question: string): Promise<boolean>;
  /** Takes the conversation off the screen, and all that was kept for the site off the device. */
  clear(): void;
  /** An attribute of the element changed, or who asks ("user"). */
  refresh(name: string): void;
  destroy(): void;
}

/** A loader may be older than the panel that it gets: what stands here only ever grows. */
export interface PanelModule {
  /** Builds the panel beside the launcher, in the same shadow root. */
  mount(host: Host, launcher: HTMLElement): Promise<Panel>;
}

/** Where a question is asked from, by the names of the attributes that hold it. `pageUrl` is the page's address where the browser's says something else. */
export type Context = Partial<Record<"pageUrl" | "pageTitle" | "version" | "versionLabel" | "locale", string | null | undefined>>;

export type Vote = "up" | "down";

export type FailureCode =
  | "offline"
  | "network"
  | "timeout"
  | "limited"
  | "forbidden"
  | "user"
  | "refused"
  | "missing"
  | "disabled"
  | "server"
  | "interrupted"
  | "answer";

/** What hosts hear. None of it holds what a reader wrote, unless the attribute `events` is `with-text`. */
export interface AskdocsEvents {
  "askdocs:open": object;
  "askdocs:close": object;
  /** A question was asked; `question` is what it says, with `events="with-text"` only. */
  "askdocs:question": { question?: string };
  "askdocs:answer": { messageId: string; status: string; mode: string; confidence: number };
  "askdocs:feedback": { messageId: string; vote: Vote; reason: string };
  /** Cancelable: a host that takes readers to the page itself (without a full load) prevents the default. */
  "askdocs:navigate": { url: string; quote: string };
  /**
   * Somebody is about to ask while `consent` is `required`. Without more, the question is asked and nothing of it stored; a host
   * that wants an answer first prevents the default, and the question stays in the field.
   */
  "askdocs:consent": object;
  /**
   * The server does not take the token of `setUser`, or wants one: why is the message. Whoever sets another one has the
   * request sent again; a host that must fetch it prevents the default, and has ten seconds.
   */
  "askdocs:user": { message: string };
  "askdocs:error": { code: FailureCode | "load"; message: string };
}

type AskdocsEventMap = { [Name in keyof AskdocsEvents]: CustomEvent<AskdocsEvents[Name]> };

declare global {
  /** They bubble, so that elements, documents and windows hear them. */
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- It declares the members of the map.
  interface GlobalEventHandlersEventMap extends AskdocsEventMap {}
}

export function announce<Name extends keyof AskdocsEvents>(
  host: EventTarget,
  name: Name,
  detail: AskdocsEvents[Name],
): boolean {
  return host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
}
