/** One question with its answer, as it stands so far. */

import type { FailureCode, Vote } from "./contract.js";
import type { AnswerStatus, Citation, Part, Source, Support } from "./stream.js";

/** What a reader marked on the page, and of code the language, as far as that is known. */
export interface Excerpt {
  text: string;
  language?: string;
}

export interface Turn {
  question: string;
  /** What it is about. */
  excerpt?: Excerpt | undefined;
  /** The answer that it was given before, which the server's session still holds. */
  replaces?: string | undefined;
  /** What readers call the docs' version that was asked about, then the one that the answer speaks for. */
  version: string;
  /** The name of the version that was asked about, as the server knows it. */
  askedVersion: string;
  /** Of the docs that the answer speaks for, "" where there is one. */
  language: string;
  /** waiting: nothing has arrived yet; stopped: by the reader. One that is open when the page is left is resumed. */
  state: "waiting" | "streaming" | "done" | "stopped" | "failed";
  /** How many parts of the stream of `messageId` it holds: these are passed over when it is read from its beginning. */
  heard: number;
  /** Whether the connection is lost, and sought again. */
  isLost?: boolean;
  text: string;
  sources: Source[];
  citations: Citation[];
  messageId: string;
  session: string;
  status: AnswerStatus | "";
  mode: string;
  confidence: number;
  support?: Support;
  reviewedOn?: string;
  /** `retryAt`: when the server would like to be asked again, in milliseconds since 1970. */
  failure?: { code: FailureCode; detail: string; retryAt?: number | undefined };
  vote?: Vote;
}

export function openTurn(question: string, version: string, askedVersion: string): Turn {
  return {
    question,
    version,
    askedVersion,
    language: "",
    state: "waiting",
    heard: 0,
    text: "",
    sources: [],
    citations: [],
    messageId: "",
    session: "",
    status: "",
    mode: "",
    confidence: 0,
  };
}

export function isOpen(turn: Turn): boolean {
  return turn.state === "waiting" || turn.state === "streaming";
}

/** The turn after a part of its stream. */
export function advance(before: Turn, part: Part): Turn {
  const turn = { ...before, heard: before.heard + 1, isLost: false };
  switch (part.type) {
    case "start":
      // A second attempt starts over: what the first one found is void.
      return { ...turn, sources: [], session: part.session, messageId: part.messageId };
    case "source":
      return { ...turn, sources: [...turn.sources, part.source] };
    case "delta":
      // Until then, the text of an attempt that failed before is kept.
      return { ...turn, state: "streaming", text: turn.state === "waiting" ? part.text : turn.text + part.text };
    case "answer":
      return { ...turn, ...part.answer, version: labelFor(turn, part.answer.version) };
    default:
      return turn;
  }
}

/** Readers know the version that they asked about by its label, and another one, which stands in for it, by its name. */
function labelFor({ version, askedVersion }: Turn, spokenFor: string): string {
  return spokenFor && spokenFor !== askedVersion ? spokenFor : version;
}

export interface Reference {
  /** Every number under which the answer cites this place. */
  numbers: number[];
  url: string;
  title: string;
  heading: string;
  quote: string;
  fragment: string;
  cited: boolean;
}

/** The places an answer rests on, each once, those that it cites first. */
export function references({ sources, citations }: Pick<Turn, "sources" | "citations">): Reference[] {
  const found = new Map<string, Reference>();
  for (const source of [...citations, ...sources]) {
    const { index, ...place } = source;
    const known = found.get(place.url);
    if (known === undefined) {
      found.set(place.url, { quote: "", fragment: "", cited: "quote" in source, ...place, numbers: [index] });
    } else if (!known.numbers.includes(index)) {
      known.numbers.push(index);
    }
  }
  return [...found.values()];
}

/**
 * What the mark [n] in the text leads to, or undefined when it is none: until the answer is complete, any of its
 * sources may be cited; then the server has said which are. `occurrence` says which mark of the text it is.
 */
export function referenceFor(turn: Turn, index: number, occurrence?: number): Reference | undefined {
  const isOf = (candidate: Source): boolean => candidate.index === index;
  const citations = turn.citations.filter(isOf);
  const citation = citations.find((candidate) => candidate.occurrence === occurrence) ?? citations[0];
  const source = citation ?? (turn.status ? undefined : turn.sources.find(isOf));
  return source && { quote: "", fragment: "", cited: citation !== undefined, ...source, numbers: [index] };
}
