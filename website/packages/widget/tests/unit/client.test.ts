import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Client } from "../../src/client.js";
import type { Failure } from "../../src/failure.js";
import type { Part } from "../../src/stream.js";
import { createBackend, type Recorded } from "../backend.js";
import { ANSWER } from "../scenarios.js";

const TIMING = { silence: 10_000, pause: 10, patience: 1_000 };
const NOBODY = [{}, (failure: Failure) => Promise.reject(failure)] as const;
const recorded: Recorded[] = [];
let server: Server;
let api: string;
let client: Client;

beforeAll(async () => {
  vi.stubGlobal("navigator", { onLine: true }); // Node 20 has none, and no page that goes offline.
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  const backend = createBackend(recorded);
  server = createServer((request, response) => void backend(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  recorded.length = 0;
  client = new Client(`${api}/`, "pk_test", ...NOBODY, TIMING);
});

interface Outcome {
  parts: Part[];
  text: string;
  failure: Failure | undefined;
}

async function ask(question: string, { session, replaces, signal }: { session?: string; replaces?: string; signal?: AbortSignal } = {}): Promise<Outcome> {
  const parts: Part[] = [];
  const asked = { question, session, replaces, page: { url: "https://d.e/f", title: "F" }, version: "1.0", locale: "en" };
  const failure = await client.ask(asked, signal ?? new AbortController().signal, (part) => parts.push(part)).then(
    () => undefined,
    (error: unknown) => error as Failure,
  );
  return { parts, failure, text: parts.map((part) => (part.type === "delta" ? part.text : "")).join("") };
}

test("parts that come together are read in several tasks, so that the page stays usable", async () => {
  let task = 0;
  let timer = setImmediate(function next() {
    task++;
    timer = setImmediate(next);
  });
  const counts: number[] = [];
  const asked = { question: `hostile ${"word ".repeat(600)}`, page: { url: "", title: "" }, version: "", locale: "" };
  await client.ask(asked, new AbortController().signal, () => (counts[task] = (counts[task] ?? 0) + 1));
  clearImmediate(timer);
  expect(Math.max(...counts.filter(Boolean))).toBeLessThanOrEqual(128);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(600);
});

test("a question goes out with its page, version and locale", async () => {
  await ask("Why?", { session: "tok" });
  expect(recorded).toEqual([
    {
      method: "POST",
      path: "/api/v1/sites/pk_test/chat",
      body: { question: "Why?", session: "tok", resumable: true, page: { url: "https://d.e/f", title: "F" }, version: "1.0", locale: "en" },
      session: "",
      user: "",
    },
  ]);
});

test("an answer arrives whole, its sources before its text", async () => {
  const { parts, text, failure } = await ask("Why?");
  expect(failure).toBeUndefined();
  expect(text).toBe(ANSWER);
  expect(parts.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
    "start",
    "source",
    "delta",
    "answer",
  ]);
});

test("a stream without a finish has failed", async () => {
  expect(await ask("truncated")).toMatchObject({ text: "Half an answer, and then", failure: { code: "interrupted" } });
  expect(await ask("cut")).toMatchObject({ failure: { code: "interrupted" } });
});

test("an error in the stream is the answer's, in its own words", async () => {
  expect((await ask("broken")).failure).toMatchObject({ code: "answer", message: "The model refused this question." });
});

test("silence ends in a timeout", async () => {
  client = new Client(api, "pk_test", ...NOBODY, { ...TIMING, silence: 300 });
  expect((await ask("silent")).failure?.code).toBe("timeout");
});

test("a stop closes the connection and is no failure of ours", async () => {
  const stop = new AbortController();
  const asking = ask("endless", { signal: stop.signal });
  await expect.poll(() => recorded.length, { timeout: 4_000 }).toBe(1);
  stop.abort();
  expect((await asking).failure).toBeDefined();
});

test("an overloaded server that names a time is asked once more", async () => {
  expect(await ask("busy")).toMatchObject({ text: ANSWER, failure: undefined });
  expect(recorded).toHaveLength(2);
});

test("a long wait is told rather than waited", async () => {
  expect((await ask("limited")).failure).toMatchObject({ code: "limited", retryAfter: 42 });
  expect(recorded).toHaveLength(1);
});

test("a server error is not asked again unasked", async () => {
  expect((await ask("failing")).failure?.code).toBe("server");
  expect(recorded).toHaveLength(1);
});

test("an unreachable server is tried twice", async () => {
  client = new Client("http://127.0.0.1:1", "pk_test", ...NOBODY, TIMING);
  expect((await ask("Why?")).failure?.code).toBe("network");
});

test("a session that is gone is dropped, and the question asked again without it", async () => {
  expect((await ask("expired", { session: "tok_old" })).failure).toBeUndefined();
  expect(recorded.map(({ body }) => body.session)).toEqual(["tok_old", undefined]);
});

test("an answer that is not the session's last one any more is not replaced, and the question asked all the same", async () => {
  expect((await ask("overtaken", { session: "tok", replaces: "m_0" })).failure).toBeUndefined();
  expect(recorded.map(({ body }) => [body.session, body.replaces])).toEqual([["tok", "m_0"], ["tok", undefined]]);
});

test("an unknown site is asked for once per cause", async () => {
  expect((await ask("unknown", { session: "tok" })).failure?.code).toBe("missing");
  expect(recorded).toHaveLength(2);
});

test("feedback and deletion name what they are about", async () => {
  await client.giveFeedback("m/1", { vote: "down", reason: "outdated", comment: "see 2.0" });
  await client.forget("tok");
  const said = { method: "POST", body: { vote: "down", reason: "outdated", comment: "see 2.0" }, session: "", user: "" };
  expect(recorded).toEqual([
    { ...said, path: "/api/v1/sites/pk_test/messages/m%2F1/feedback" },
    { method: "DELETE", path: "/api/v1/sites/pk_test/session", body: {}, session: "tok", user: "" },
  ]);
});

test("whoever asks is named, and named anew once when the server no longer takes the token", async () => {
  const host = { user: "expired" };
  const renew = vi.fn((_failure: Failure, _body: string, _client: Client, refused?: string | null) => {
    host.user = `${refused}, then fresh`;
    return Promise.resolve();
  });
  client = new Client(api, "pk_test", host, renew, TIMING);
  expect((await ask("Why?")).text).toBe(ANSWER);
  expect(recorded.map(({ user }) => user)).toEqual(["expired", "expired, then fresh"]);
  expect(renew.mock.calls[0]?.[0]).toMatchObject({ code: "user", message: "The token has expired." });

  recorded.length = 0;
  client = new Client(api, "pk_test", { user: "expired" }, () => Promise.resolve(), TIMING);
  expect((await ask("Why?")).failure).toMatchObject({ code: "user" });
  expect(recorded, "not for ever").toHaveLength(2);
});
