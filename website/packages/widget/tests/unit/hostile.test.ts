import { describe, expect, test } from "vitest";
import { speakable, wholeSentences } from "../../src/speech.js";
import { hostile } from "../hostile.js";
import { toHtml } from "./html.js";

/**
 * Reading must take time in proportion to length. Regular expressions do not count their steps, so that time is compared
 * with time: an input may cost so many times what the densest ordinary text of the same length costs on this machine
 * now. What is linear needs at most 1.5 times that; what took quadratic time needed 30 times and more at this length.
 */
const MOST = 10;
const SIZE = 64_000;

function cost(read: () => unknown): number {
  const start = process.cpuUsage().user;
  read();
  return process.cpuUsage().user - start;
}

/** The lowest of a few, so that what else goes on here does not count. */
function least(read: () => unknown, enough: number): number {
  let lowest = cost(read);
  for (let again = 0; again < 4 && lowest > enough; again++) {
    lowest = Math.min(lowest, cost(read));
  }
  return lowest;
}

function most(read: (text: string) => unknown, size: number): number {
  const ordinary = "*a* `b` [c](/d) [1]\n".repeat(size / 20);
  return MOST * Math.max(1_000, least(() => read(ordinary), 0));
}

describe("what is made to be slow is read as fast as other text", () => {
  const inputs = [...hostile(SIZE)];
  const limit = most(toHtml, SIZE);

  test("each construct's parts, alone", () => {
    const alone = inputs.filter(([name]) => !name.includes(" and "));
    const slow = alone.filter(([, markdown]) => least(() => toHtml(markdown), limit) > limit);
    expect(slow.map(([name]) => name)).toEqual([]);
  }, 120_000);

  test("parts in pairs", () => {
    // All pairs are in bench/markdown.mjs; here each part meets some others.
    const pairs = inputs.filter(([name], index) => name.includes(" and ") && index % 29 === 0);
    const slow = pairs.filter(([, markdown]) => least(() => toHtml(markdown), limit) > limit);
    expect(slow.map(([name]) => name)).toEqual([]);
  }, 120_000);

  test("to screen readers too", () => {
    const speak = (text: string): unknown => [wholeSentences(text, 0), speakable(text)];
    const quick = most(speak, SIZE);
    const alone = inputs.filter(([name]) => !name.includes(" and "));
    const slow = alone.filter(([, markdown]) => least(() => speak(markdown), quick) > quick);
    expect(slow.map(([name]) => name)).toEqual([]);
  }, 120_000);
});
