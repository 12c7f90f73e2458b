import { describe, expect, test } from "vitest";
import { EventReader, parsePart } from "../../src/stream.js";

const encoder = new TextEncoder();

function readSplit(bytes: Uint8Array, ...cuts: number[]): string[] {
  const reader = new EventReader();
  const edges = [0, ...cuts, bytes.length];
  return edges.slice(1).flatMap((end, index) => reader.read(bytes.slice(edges[index], end)));
}

describe("reading events", () => {
  for (const [name, lineEnd] of Object.entries({ LF: "\n", CRLF: "\r\n", CR: "\r" })) {
    test(`a stream with ${name} may be cut at every byte`, () => {
      const lines = [": keep-alive", "", 'data: {"a":"ü€😀"}', "", "event: x", "data: two", "data:lines", "id: 7", "", "data: [DONE]", "", ""];
      const bytes = encoder.encode(lines.join(lineEnd) + (lineEnd === "\r" ? ":" : ""));
      for (let cut = 0; cut <= bytes.length; cut++) {
        expect(readSplit(bytes, cut), `cut at ${cut}`).toEqual(['{"a":"ü€😀"}', "two\nlines", "[DONE]"]);
      }
    });
  }

  test("a stream may come byte by byte", () => {
    const bytes = encoder.encode("data: ä\r\n\r\ndata: b\n\n");
    expect(readSplit(bytes, ...bytes.keys())).toEqual(["ä", "b"]);
  });

  test("an event without its blank line is not an event yet", () => {
    expect(readSplit(encoder.encode("data: half\n"))).toEqual([]);
  });
});

describe("understanding parts", () => {
  test("what newer servers say is passed over", () => {
    for (const data of ["[DONE]", "null", "7", '{"type":"tool-input-start"}', '{"type":"data-new","data":{}}', '{"type"', ""]) {
      expect(parsePart(data)).toBeUndefined();
    }
  });

  test("sources and citations with forbidden addresses are dropped", () => {
    expect(parsePart('{"type":"source-url","sourceId":"1","url":"javascript:alert(1)","title":"x"}')).toBeUndefined();
    const citations = [{ index: 1, url: "data:text/html,x" }, { index: 2, url: "/docs#a" }, null, 5];
    const part = parsePart(JSON.stringify({ type: "data-answer", data: { message_id: "m", citations } }));
    expect(part).toMatchObject({ answer: { citations: [{ index: 2, url: "/docs#a", title: "", quote: "" }] } });
  });

  test("the start names the session", () => {
    const data = '{"type":"start","messageId":"m","messageMetadata":{"session":"1.a.b"}}';
    expect(parsePart(data)).toEqual({ type: "start", session: "1.a.b", messageId: "m" });
  });

  test("a source's title tells the page from the headings", () => {
    const data = '{"type":"source-url","sourceId":"3","url":"/a#b","title":"A > B > C"}';
    expect(parsePart(data)).toEqual({ type: "source", source: { index: 3, url: "/a#b", title: "A", heading: "B > C" } });
  });

  test("fields of the wrong type are as good as missing", () => {
    expect(parsePart('{"type":"text-delta","delta":7}')).toEqual({ type: "delta", text: "" });
    expect(parsePart('{"type":"start","messageMetadata":"x"}')).toEqual({ type: "start", session: "", messageId: "" });
  });
});
