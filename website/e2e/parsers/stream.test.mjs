/** Recorded streams of ours, read by the unmodified clients of four releases of the npm package `ai`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parts, receive, text } from "./chat.mjs";

const RELEASES = ["ai-5-first", "ai-5-late", "ai-6", "ai-7"];

for (const release of RELEASES) {
  describe(release, async () => {
    const sdk = await import(release);

    test("an answer arrives with text, sources and citations", async () => {
      const { message, error, status } = await receive(sdk, recorded("answered"));
      assert.equal(error, null);
      assert.equal(status, "ready");
      const sent = events("answered");
      assert.equal(message.id, sent.find(({ type }) => type === "start").messageId);
      assert.equal(text(message), sent.flatMap(({ delta }) => delta ?? []).join(""));
      assert.match(text(message), /\[1\]/);
      assert.deepEqual(
        parts(message, "source-url").map(({ sourceId, url, title }) => ({ sourceId, url, title })),
        sent.filter(({ type }) => type === "source-url").map(({ sourceId, url, title }) => ({ sourceId, url, title })),
      );
      const [answer] = parts(message, "data-answer");
      assert.equal(answer.data.status, "answered");
      assert.deepEqual(answer.data, sent.find(({ type }) => type === "data-answer").data);
      for (const { index } of answer.data.citations) {
        assert.ok(text(message).includes(`[${index}]`), `the text carries the mark [${index}]`);
      }
    });

    test("the session stays with the message, so that it comes back with the transcript", async () => {
      const { message } = await receive(sdk, recorded("answered"));
      const { session } = events("answered").find(({ type }) => type === "start").messageMetadata;
      assert.match(session, /^1\./);
      assert.deepEqual(message.metadata, { session });
    });

    test("a failed answer carries the session too", async () => {
      const { message } = await receive(sdk, recorded("failed"));
      assert.match(message.metadata.session, /^1\./);
    });

    test("an unanswered question arrives as such", async () => {
      const { message, error } = await receive(sdk, recorded("unanswered"));
      assert.equal(error, null);
      assert.equal(parts(message, "data-answer")[0].data.status, "unanswered");
      assert.notEqual(text(message), "");
    });

    test("a failed answer is an error with our words", async () => {
      const { error, status } = await receive(sdk, recorded("failed"));
      assert.equal(status, "error");
      assert.equal(error.message, events("failed").find(({ type }) => type === "error").errorText);
    });

    test("an event of an unknown type is refused", async () => {
      const { error } = await receive(sdk, withEvent(recorded("answered"), { type: "citation", index: 1 }));
      assert.notEqual(error, null);
    });
  });
}

test("the oldest release refuses one unknown key, so these tests can fail", async () => {
  const body = recorded("answered").replace('{"type":"finish"}', '{"type":"finish","finishReason":"stop"}');
  assert.notEqual(body, recorded("answered"));
  assert.notEqual((await receive(await import("ai-5-first"), body)).error, null);
  assert.equal((await receive(await import("ai-7"), body)).error, null);
});

function recorded(name) {
  return readFileSync(new URL(`recorded/${name}.sse`, import.meta.url), "utf8");
}

function events(name) {
  return recorded(name)
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));
}

function withEvent(body, event) {
  return body.replace("data: [DONE]", `data: ${JSON.stringify(event)}\n\ndata: [DONE]`);
}
