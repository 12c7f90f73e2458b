/**
 * Which Markdown is slow to read: `node bench/markdown.mjs [pairs | triples] [folder]`, from the widget's folder.
 *
 * Reads each hostile input (tests/hostile.ts) at growing lengths and prints those that cost many times what ordinary
 * text of the same length costs, and the slowest of all. `folder` holds another reader to compare with, as the `src`
 * of another checkout.
 */

import path from "node:path";
import { performance } from "node:perf_hooks";
import { runnerImport } from "vite";

const root = path.dirname(import.meta.dirname);
const [kind = "pairs", folder = "src"] = process.argv.slice(2);
const load = async (file) => (await runnerImport(path.resolve(root, file))).module;
const generate = (await load("tests/hostile.ts"))[kind === "triples" ? "triples" : "hostile"];
const { parseBlocks } = await load(path.join(folder, "blocks.ts"));
const { parseInlines } = await load(path.join(folder, "inlines.ts"));

const SIZES = kind === "triples" ? [1_000, 8_000] : [2_000, 8_000, 32_000];
/** Milliseconds after which an input is not tried at a greater length. */
const ENOUGH = 200;
/** As in tests/unit/hostile.test.ts. */
const MOST = 10;

function read(markdown) {
  const start = performance.now();
  visit(parseBlocks(markdown.split("\n")));
  return performance.now() - start;
}

function visit(value) {
  for (const [key, inner] of Object.entries(value)) {
    if (key === "text" && value.type !== "code") {
      parseInlines(inner);
    } else if (key === "rows") {
      inner.flat().forEach((cell) => parseInlines(cell));
    } else if (typeof inner === "object" && inner !== null) {
      visit(inner);
    }
  }
}

function least(markdown, enough) {
  let time = read(markdown);
  for (let again = 0; again < 4 && time > enough; again++) {
    time = Math.min(time, read(markdown));
  }
  return time;
}

/** How many times as long as ordinary text each input took, at each length. */
const ratios = new Map();
for (const size of SIZES) {
  const ordinary = Math.max(0.5, least("*a* `b` [c](/d) [1]\n".repeat(size / 20), 0));
  for (const [name, markdown] of generate(size)) {
    const before = ratios.get(name) ?? [];
    if ((before.at(-1) ?? 0) * ordinary < ENOUGH) {
      ratios.set(name, [...before, least(markdown, MOST * ordinary) / ordinary]);
    }
  }
}
const sorted = [...ratios].sort(([, one], [, other]) => other.at(-1) - one.at(-1));
const slow = sorted.filter(([, each]) => each.at(-1) > MOST);
console.log(`${sorted.length} inputs, ${slow.length} of them slow. Times ordinary text at ${SIZES.join(", ")} characters:`);
for (const [name, each] of sorted.slice(0, Math.max(12, slow.length))) {
  console.log(`${name.padEnd(50)} ${each.map((ratio) => ratio.toFixed(1)).join(" ")}`);
}
