/** Reads an answer's stream: bytes of server-sent events become the parts of a UI message stream that we know. */

import { allowUrl } from "./citations.js";

/** A passage that the answer may cite, as [index]. `heading` is the path of headings to it, " > " between them. */
export interface Source {
  index: number;
  url: string;
  title: string;
  heading: string;
}

/** What a mark of the answer rests on. Servers before 0.2.0 name each index once, without the last two. */
export interface Citation extends Source {
  quote: string;
  /** Which mark of the text it is, from 0. */
  occurrence: number;
  /** The text directive that leads to the quote. */
  fragment: string;
}

/** How much of what an answer claims rests on passages; "" from servers that do not say. */
export type Support = "supported" | "partly" | "unsupported" | "not_found" | "";

export type AnswerStatus = "answered" | "unanswered" | "failed" | "aborted";

/** What the server says of an answer when it is complete. */
export interface AnswerEnd {
  messageId: string;
  status: AnswerStatus;
  mode: string;
  confidence: number;
  support: Support;
  /** The day, as 2026-01-31, on which people reviewed a pinned answer, else "". */
  reviewedOn: string;
  citations: Citation[];
  /** What it speaks for, "" where the docs have one only. */
  version: string;
  language: string;
}

export type Part =
  | { type: "start"; session: string; messageId: string }
  | { type: "source"; source: Source }
  | { type: "delta"; text: string }
  | { type: "answer"; answer: AnswerEnd }
  | { type: "finish" }
  | { type: "error"; message: string };

/** Carries an unfinished line, and an unfinished character, over to the next chunk. */
export class EventReader {
  #decoder = new TextDecoder();
  #rest = "";
  #data: string[] = [];

  /** The data of the events that these bytes complete. */
  read(bytes: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    // A carriage return at the very end may be half of a CRLF.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events: string[] = [];
    for (const line of lines) {
      if (line.startsWith("data:")) {
        this.#data.push(line.slice(line[5] === " " ? 6 : 5));
      } else if (line === "" && this.#data.length > 0) {
        events.push(this.#data.join("\n"));
        this.#data = [];
      }
    }
    return events;
  }
}

/** What an event says, or undefined when it is nothing to us: newer servers may say more than we know. */
export function parsePart(data: string): Part | undefined {
  let part: Fields;
  try {
    part = fields(JSON.parse(data));
  } catch {
    return undefined; // "[DONE]", or a line cut in half: then no finish follows, and the answer counts as failed.
  }
  const body = fields(part.data);
  switch (part.type) {
    case "start":
      return { type: "start", session: string(fields(part.messageMetadata).session), messageId: string(part.messageId) };
    case "source-url":
      return isAllowed(part.url) ? { type: "source", source: parseSource(part, part.url) } : undefined;
    case "text-delta":
      return { type: "delta", text: string(part.delta) };
    case "data-answer":
      return { type: "answer", answer: parseAnswer(body) };
    case "finish":
      return { type: "finish" };
    case "error":
    case "abort":
      return { type: "error", message: string(part.errorText) };
    default:
      return undefined;
  }
}

/** The title of a source is its page's and the headings' in one. */
function parseSource({ sourceId, title }: Fields, url: string): Source {
  const [page = "", ...headings] = string(title).split(" > ");
  return { index: Number(sourceId), url, title: page, heading: headings.join(" > ") };
}

function parseAnswer(body: Fields): AnswerEnd {
  return {
    messageId: string(body.message_id),
    status: string(body.status) as AnswerStatus,
    mode: string(body.mode),
    confidence: Number(body.confidence) || 0,
    support: string(body.support) as Support,
    reviewedOn: string(body.reviewed_on),
    version: string(body.version),
    language: string(body.language),
    citations: Array.isArray(body.citations) ? body.citations.flatMap(parseCitation) : [],
  };
}

function parseCitation(value: unknown): Citation[] {
  const { index, url, title, heading, quote, occurrence, fragment } = fields(value);
  const rest = { quote: string(quote), occurrence: Number(occurrence), fragment: string(fragment) };
  return isAllowed(url) ? [{ index: Number(index), url, title: string(title), heading: string(heading), ...rest }] : [];
}

function isAllowed(url: unknown): url is string {
  return typeof url === "string" && allowUrl(url, "https://relative.invalid/") !== undefined;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
