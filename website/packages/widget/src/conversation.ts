/** The questions of a reader and their answers: asks, stops, tries again, remembers. Knows nothing of the DOM. */

import type { Client, Feedback, Question } from "./client.js";
import { Failure } from "./failure.js";
import type * as Resuming from "./resuming.js";
import type { Conversation as Kept, Store } from "./storage.js";
import { advance, isOpen, openTurn, type Excerpt, type Turn } from "./turn.js";
import type { Part } from "./stream.js";

/** Where and how a question is asked, and what readers call the version. */
export interface Circumstances {
  asked: Pick<Question, "page" | "version" | "locale">;
  versionLabel: string;
}

export class Conversation {
  #turns: Turn[] = [];
  #session = "";
  #scope = "";
  #running: AbortController | undefined;

  constructor(
    private readonly client: Client,
    private readonly store: Store,
    private readonly circumstances: () => Circumstances,
    /** Called after every change of the turn at `index`, and without one when all of them changed. */
    private readonly changed: (index?: number) => void,
    /** Loads what goes on with an answer. */
    private readonly resuming: () => Promise<typeof Resuming>,
  ) {
    this.#restore(circumstances().asked.version);
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  /** What the server knows it by, "" before its first answer has begun. */
  get session(): string {
    return this.#session;
  }

  /** The docs version that it is about. */
  get scope(): string {
    return this.#scope;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the answer is over, however it ended; false when another is being answered. */
  async ask(question: string, excerpt?: Excerpt): Promise<boolean> {
    if (this.isBusy) {
      return false;
    }
    this.#turns.push({ ...this.#open(question), excerpt });
    await this.#answer(this.#turns.length - 1);
    return true;
  }

  /**
   * Asks the question of a turn again, or another one, in its place. What there is of an answer to the same question
   * stays until more than that comes.
   */
  async retry(index: number, question?: string): Promise<void> {
    const turn = this.#turns[index];
    if (turn !== undefined && !this.isBusy) {
      const { text, citations, sources, excerpt, messageId, replaces } = turn;
      const again = { ...this.#open(question ?? turn.question), excerpt, replaces: messageId || replaces };
      this.#turns[index] = question ? again : { ...again, text, citations, sources };
      await this.#answer(index, question ? undefined : turn);
    }
  }

  /** Goes on with an answer that was being given when the page was left; says which, when it is over. */
  async resume(): Promise<number | undefined> {
    const index = this.#turns.findIndex(isOpen);
    if (index < 0 || this.isBusy) {
      return undefined;
    }
    await this.#answer(index);
    return index;
  }

  /** The reader wants no more of the answer, and the server is told so. */
  stop(): void {
    const turn = this.#turns.find(isOpen);
    if (this.isBusy && turn?.messageId) {
      void this.client.stop(turn);
    }
    this.#abandon();
  }

  async giveFeedback(index: number, feedback: Feedback): Promise<void> {
    const { messageId } = this.#turns[index]!;
    await this.client.giveFeedback(messageId, feedback);
    this.#update(index, { ...this.#turns[index]!, vote: feedback.vote });
  }

  /** Goes on with another one, and with the answer that is being given in it. */
  take({ session, turns }: Kept): void {
    this.#abandon();
    this.#session = session;
    this.#turns = [...turns];
    this.save();
    this.changed();
    void this.resume();
  }

  /** Begins anew. What was said stays in the server's log. */
  clear(): void {
    this.stop();
    this.#turns = [];
    this.#session = "";
    this.store.clear(this.#scope);
    this.changed();
  }

  /** Begins anew, and has the server delete what was said. */
  async forget(): Promise<void> {
    this.stop();
    if (this.#session !== "") {
      await this.client.forget(this.#session);
    }
    this.clear();
  }

  /** The reader went to a page of another version: its conversation is another one. */
  move(version: string): void {
    if (this.store.scope(version) !== this.#scope) {
      this.save();
      this.#abandon();
      this.#restore(version);
      this.changed();
      this.store.changed?.();
    }
  }

  save(): void {
    if (this.#turns.length > 0) {
      this.store.save(this.#scope, { session: this.#session, turns: this.#turns });
    }
  }

  /** The last call: what a running answer still brings is for whoever resumes it. Returns the last turn. */
  end(): Turn | undefined {
    const last = this.#turns.at(-1);
    this.save();
    this.#abandon();
    this.#turns = [];
    return last;
  }

  #abandon(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  #open(question: string): Turn {
    const { asked, versionLabel } = this.circumstances();
    return openTurn(question, versionLabel, asked.version);
  }

  #restore(version: string): void {
    this.#scope = this.store.scope(version);
    ({ session: this.#session, turns: this.#turns } = this.store.load(this.#scope));
  }

  /** `before` is what an attempt that failed had brought. */
  async #answer(index: number, before?: Turn): Promise<void> {
    const turns = this.#turns;
    const running = new AbortController();
    this.#running = running;
    this.changed(index);
    const update = (turn: Turn): void => {
      turns[index] = turn;
      // Meanwhile the reader may have begun another conversation.
      if (turns === this.#turns) {
        this.#session = turn.session || this.#session;
        this.changed(index);
      }
    };
    let end: Partial<Turn>;
    try {
      await this.#read(() => turns[index]!, running.signal, update);
      end = { state: "done" };
    } catch (error) {
      end = running.signal.aborted ? { state: "stopped" } : { state: "failed", failure: describe(error) };
    }
    if (this.#running === running) {
      this.#running = undefined;
    }
    const turn = turns[index]!;
    update({ ...(turn.state === "waiting" && end.state !== "done" && before ? before : turn), ...end });
    if (turns === this.#turns) {
      this.save();
    }
  }

  /** Asks, unless the answer has begun already; goes on where the connection breaks. */
  async #read(turn: () => Turn, signal: AbortSignal, update: (turn: Turn) => void): Promise<void> {
    const receive = (part: Part): void => {
      update(advance(turn(), part));
      if (part.type === "start") {
        this.save(); // A browser may end the page without a word.
      }
    };
    try {
      if (turn().messageId) {
        throw new Failure("interrupted");
      }
      const { asked } = this.circumstances();
      const { question, excerpt, replaces } = turn();
      await this.client.ask({ question, excerpt, replaces, session: this.#session || undefined, ...asked }, signal, receive);
    } catch (error) {
      if (signal.aborted || !turn().messageId || !(error instanceof Failure && error.code === "interrupted")) {
        throw error;
      }
      const { resume } = await this.resuming();
      await resume(this.client, turn, signal, receive, () => update({ ...turn(), isLost: true }));
    }
  }

  #update(index: number, turn: Turn): void {
    this.#turns[index] = turn;
    this.changed(index);
    this.save();
  }
}

function describe(error: unknown): NonNullable<Turn["failure"]> {
  if (error instanceof Failure) {
    const retryAt = error.retryAfter === undefined ? undefined : Date.now() + 1000 * error.retryAfter;
    return { code: error.code, detail: error.message, retryAt };
  }
  throw error;
}
