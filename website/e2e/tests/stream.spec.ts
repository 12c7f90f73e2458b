/**
 * The streams that parsers/stream.test.mjs reads are what the real server sends. `npm run record` records them anew.
 */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { DefaultChatTransport as FirstTransport } from "ai-5-first";
import { DefaultChatTransport as LatestTransport } from "ai-7";
import { SITE_KEY } from "../harness/backend.js";
import { expect, test } from "../harness/fixtures.js";
import type { Reply } from "../harness/gemini.js";

interface Recording {
  name: string;
  question: string;
  reply: Reply;
}

const RECORDINGS: Recording[] = [
  {
    name: "answered",
    question: "How do I go back to an earlier revision?",
    reply: { text: "Run `askdocs rollback --site docs` [1]. A rollback moves a pointer – it takes effect at once 🙂 [1].", pause: 0.02 },
  },
  { name: "unanswered", question: "What is the best recipe for lemon drizzle cake?", reply: {} },
  {
    name: "failed",
    question: "How do I go back to an earlier revision?",
    reply: { text: "Run `askdocs rollback --site docs`, and then wait for what comes.", then: "cut", after: 2 },
  },
];

/** Each part's type with its keys, repetitions told once. */
function shape(stream: string): string[] {
  const parts = stream.split("\n").filter((line) => line.startsWith("data: "));
  const shapes = parts.map((line) => {
    if (line === "data: [DONE]") {
      return "[DONE]";
    }
    const part = JSON.parse(line.slice(6)) as { type: string; data?: object; messageMetadata?: object };
    const { type, data = {}, messageMetadata = {}, ...rest } = part;
    return [type, ...[rest, data, messageMetadata].flatMap((each) => Object.keys(each).sort())].join(" ");
  });
  return shapes.filter((each, index) => each !== shapes[index - 1]);
}

for (const { name, question, reply } of RECORDINGS) {
  test(`the recorded stream "${name}" has the shape of what the server sends`, async ({ gemini, withGemini }) => {
    await gemini.script(reply);
    const response = await fetch(`${withGemini.url}/api/v1/sites/${SITE_KEY}/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question, version: "0.1.0", locale: "en" }),
    });
    const stream = await response.text();
    const file = path.join(import.meta.dirname, "../parsers/recorded", `${name}.sse`);
    if (process.env.RECORD !== undefined) {
      await writeFile(file, stream);
    }
    expect(shape(await readFile(file, "utf8"))).toEqual(shape(stream));
  });
}

const QUESTION = {
  chatId: "a-chat-id-of-the-client",
  trigger: "submit-message" as const,
  messageId: undefined,
  abortSignal: undefined,
  messages: [
    {
      id: "1",
      role: "user" as const,
      parts: [{ type: "text" as const, text: "How do I go back to an earlier revision?" }],
    },
  ],
};

const CLIENTS = {
  "ai@5.0.0": (api: string) => new FirstTransport({ api }).sendMessages(QUESTION),
  "ai@7": (api: string) => new LatestTransport({ api }).sendMessages(QUESTION),
};

for (const [release, send] of Object.entries(CLIENTS)) {
  test(`the transport of ${release} asks and is answered, without an adapter`, async ({ plain }) => {
    const chunks: ReadableStream<{ type: string }> = await send(`${plain.url}/api/v1/sites/${SITE_KEY}/chat`);
    const types = new Set<string>();
    for await (const chunk of chunks) {
      types.add(chunk.type);
    }
    expect([...types]).toEqual(expect.arrayContaining(["source-url", "text-delta", "data-answer", "finish"]));
  });
}
