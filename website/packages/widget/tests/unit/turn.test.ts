import { expect, test } from "vitest";
import type { Citation, Part } from "../../src/stream.js";
import { advance, openTurn, referenceFor, references, type Turn } from "../../src/turn.js";

const SOURCES: Part[] = [
  { type: "source", source: { index: 1, url: "/a#x", title: "A", heading: "X" } },
  { type: "source", source: { index: 2, url: "/b", title: "B", heading: "" } },
  { type: "source", source: { index: 3, url: "/a#x", title: "A", heading: "X" } },
];
const CITATION: Citation = {
  index: 2, url: "/b", title: "B", heading: "H > I", quote: "q", occurrence: 0, fragment: "text=q",
};

function after(...parts: Part[]): Turn {
  return parts.reduce(advance, openTurn("why?", "v1", "1.0"));
}

function answer(citations: Citation[], version = ""): Part {
  const said = { messageId: "m", status: "answered", mode: "model", confidence: 1, support: "", reviewedOn: "", language: "" } as const;
  return { type: "answer", answer: { ...said, citations, version } };
}

test("text gathers from deltas", () => {
  const turn = after({ type: "delta", text: "a" }, { type: "delta", text: "b" });
  expect(turn).toMatchObject({ state: "streaming", text: "ab" });
});

test("a second attempt forgets the sources of the first", () => {
  const begin: Part = { type: "start", session: "s", messageId: "m" };
  expect(after(begin, ...SOURCES, begin).sources).toEqual([]);
});

test("a place found twice is listed once, with both numbers", () => {
  expect(references(after(...SOURCES)).map(({ numbers, url }) => [numbers, url])).toEqual([
    [[1, 3], "/a#x"],
    [[2], "/b"],
  ]);
});

test("what is cited comes first, with heading and quote", () => {
  const [first, second] = references(after(...SOURCES, answer([CITATION])));
  expect(first).toMatchObject({ numbers: [2], heading: "H > I", quote: "q", cited: true });
  expect(second).toMatchObject({ numbers: [1, 3], cited: false });
});

test("each mark leads to its own sentence, whichever others have its number", () => {
  const turn = after(...SOURCES, answer([CITATION, { ...CITATION, quote: "r", occurrence: 1, fragment: "text=r" }]));
  expect([0, 1].map((occurrence) => referenceFor(turn, 2, occurrence)?.fragment)).toEqual(["text=q", "text=r"]);
});

test("an older server's citation is that of all marks with its number", () => {
  const turn = after(...SOURCES, answer([{ ...CITATION, occurrence: NaN }]));
  expect([0, 1].map((occurrence) => referenceFor(turn, 2, occurrence)?.quote)).toEqual(["q", "q"]);
});

test("a mark leads to its citation, before the answer's end to its source, else nowhere", () => {
  expect(referenceFor(after(...SOURCES), 2)).toMatchObject({ url: "/b", quote: "", cited: false });
  expect(referenceFor(after(...SOURCES, answer([CITATION])), 2)).toMatchObject({ quote: "q", cited: true });
  expect(referenceFor(after(...SOURCES), 9)).toBeUndefined();
  expect(referenceFor(after(...SOURCES, answer([CITATION])), 1)).toBeUndefined();
});

test("the version keeps its label unless the answer speaks for another one", () => {
  expect(["", "1.0", "2.0"].map((version) => after(answer([], version)).version)).toEqual(["v1", "v1", "2.0"]);
});
