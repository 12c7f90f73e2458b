/** A small backend for tests and the demo: the wire format of the real one, and a script of what can happen. */

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { scenarios, type Step } from "./scenarios.js";

const PATH = /^\/api\/v1\/sites\/([^/]+)\/(chat|chat-settings|privacy|chat\/[^/]+\/stream|session|messages\/[^/]+\/feedback)$/;

export interface Recorded {
  method: string;
  path: string;
  body: Record<string, unknown>;
  /** Of the header that names the session to delete; "" without one. */
  session: string;
  /** The token that says who asks; "" without one. "expired" is refused. */
  user: string;
  /** The token of a reader session, if there is one. */
  reader?: string;
}

const SALT = "c0ffee0123456789abcdef01?expires=1764312345&";
const NUMBER = 4_321;
const PUZZLE = {
  algorithm: "SHA-256",
  challenge: createHash("sha256").update(`${SALT}${NUMBER}`).digest("hex"),
  salt: SALT,
  signature: "signed",
  maxnumber: 10_000,
};

const NO_WISHES = { stored: true, consent: "none", search_url: null, support_url: null, privacy_url: null, suggested_questions: [] };

/** What sites say to the chat, by their key; the others have no wishes. */
const SAID: Record<string, object> = {
  pk_says: {
    stored: true,
    consent: "none",
    search_url: "https://docs.example/search?q={question}",
    support_url: "mailto:help@docs.example",
    privacy_url: "https://docs.example/privacy",
    suggested_questions: ["How do I install it?", "What does it cost?"],
  },
  pk_consent: { ...NO_WISHES, consent: "required" },
  pk_unstored: { ...NO_WISHES, stored: false, search_url: "javascript:alert(1)" },
};

const PRIVACY = {
  conversations: { stored: true, days: 30, backup_days: 14 },
  masked: ["email", "phone"],
  addresses_stored: false,
  cookies: false,
  recipients: [{ name: "Google Vertex AI", location: "europe-west4" }],
  shared_answers_seconds: 3600,
  policy_url: null,
};

/** What a site that is suspicious answers to who wants a session. */
function openSession(altcha: unknown): [number, object] {
  if (altcha === undefined) {
    return [200, PUZZLE];
  }
  const { algorithm, challenge, salt, signature } = PUZZLE;
  const expected = { algorithm, challenge, salt, signature, number: NUMBER };
  return typeof altcha === "string" && atob(altcha) === JSON.stringify(expected)
    ? [201, { token: "r1.session", expires_in: 900 }]
    : [403, { type: "urn:askdocs:problem:proof-rejected", status: 403 }];
}

/** Answers the API's requests and says whether it did. `recorded` gets each of them. */
export function createBackend(recorded: Recorded[] = []) {
  const attempts = new Map<string, number>();
  let answers = 0;

  async function answerChat(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const question = String(body.question);
    const attempt = (attempts.get(question) ?? 0) + 1;
    attempts.set(question, attempt);
    const script = scenarios(question, { attempt, session: typeof body.session === "string" ? body.session : "", id: `m_${++answers}`, replaces: body.replaces !== undefined });
    if ("status" in script) {
      response.writeHead(script.status, { "content-type": "application/problem+json", ...script.headers });
      response.end(JSON.stringify(script.problem));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.flushHeaders();
    const left = new AbortController();
    response.once("close", () => left.abort());
    for (const step of script.steps) {
      if (response.destroyed) {
        return;
      }
      await play(step, response, left.signal);
    }
    response.end();
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = new URL(request.url ?? "", "http://localhost").pathname;
    const match = PATH.exec(path);
    if (match === null) {
      return false;
    }
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type, x-askdocs-session, x-askdocs-user, x-askdocs-reader");
    response.setHeader("access-control-allow-methods", "GET, POST, DELETE");
    response.setHeader("access-control-expose-headers", "retry-after");
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return true;
    }
    const body = await readBody(request);
    const session = String(request.headers["x-askdocs-session"] ?? "");
    const user = String(request.headers["x-askdocs-user"] ?? "");
    const reader = String(request.headers["x-askdocs-reader"] ?? "");
    if (match[2] !== "chat-settings") {
      recorded.push({ method: request.method ?? "", path, body, session, user, ...(reader && { reader }) });
    }
    if (match[1] === "pk_older" && /stream$|^chat-settings$/.test(match[2]!)) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"detail":"Not Found"}'); // It cannot resume or stop yet.
    } else if (match[2] === "chat-settings" || match[2] === "privacy") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(match[2] === "privacy" ? PRIVACY : (SAID[match[1]!] ?? NO_WISHES)));
    } else if (match[1] === "pk_members" && user === "") {
      response.writeHead(401, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "urn:askdocs:problem:user-token-required", status: 401, detail: "This chat answers signed-in users alone." }));
    } else if (user === "expired") {
      response.writeHead(401, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "urn:askdocs:problem:user-token-expired", status: 401, detail: "The token has expired." }));
    } else if (request.method === "POST" && match[2] === "session") {
      const [status, answer] = openSession(body.altcha);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } else if (match[1] === "pk_suspicious" && match[2] === "chat" && reader !== "r1.session") {
      response.writeHead(401, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "urn:askdocs:problem:reader-session-required", status: 401, detail: "Too much is asked." }));
    } else if (match[2] === "chat") {
      await answerChat(body, response);
    } else {
      response.writeHead(204).end();
    }
    return true;
  };
}

async function play(step: Step, response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (typeof step === "number") {
    await sleep(step, undefined, { signal }).catch(() => undefined);
  } else if (step === null) {
    response.destroy();
  } else if (typeof step === "string") {
    response.write(step);
  } else {
    response.write(`data: ${JSON.stringify(step)}\n\n`);
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
