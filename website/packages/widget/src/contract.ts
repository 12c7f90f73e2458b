/** What the loader and the panel know of each other, and what hosts hear. */

export interface Panel {
  readonly isOpen: boolean;
  /** `restored` opens without taking the focus: the reader followed a link while the chat was open. */
  open(options?: { restored?: boolean }): void;
  close(): void;
  /** Resolves when the answer is over; false when the question was not taken: blank, too long, or another is being answered. */
  ask(question: string): Promise<boolean>;
  /** An attribute of the element changed. */
  refresh(name: string): void;
  destroy(): void;
}

/** A loader may be older than the panel that it gets: what stands here only ever grows. */
export interface PanelModule {
  /** Builds the panel beside the launcher, in the same shadow root. */
  mount(host: HTMLElement, launcher: HTMLElement): Promise<Panel>;
}

export type Vote = "up" | "down";

export type FailureCode =
  | "offline"
  | "network"
  | "timeout"
  | "limited"
  | "forbidden"
  | "refused"
  | "missing"
  | "server"
  | "interrupted"
  | "answer";

export interface AskdocsEvents {
  "askdocs:open": object;
  "askdocs:close": object;
  "askdocs:question": { question: string };
  "askdocs:answer": { messageId: string; status: string; mode: string; confidence: number };
  "askdocs:feedback": { messageId: string; vote: Vote; reason: string };
  /** Cancelable: a host that takes readers to the page itself (without a full load) prevents the default. */
  "askdocs:navigate": { url: string; quote: string };
  "askdocs:error": { code: FailureCode | "load"; message: string };
}

export function announce<Name extends keyof AskdocsEvents>(
  host: EventTarget,
  name: Name,
  detail: AskdocsEvents[Name],
): boolean {
  return host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
}
