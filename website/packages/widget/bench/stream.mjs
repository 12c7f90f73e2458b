/**
 * What long answers cost their reader: `npm run bench`, or `node bench/stream.mjs [slowdown] [scenario …]` with what is built.
 *
 * The built chat on an empty page, on a processor that is `slowdown` times slower (4):
 *
 *   sections, list, code, table, prose   an answer of 4,000 tokens (four characters each) at 100 tokens/s, of ordinary sections or
 *                                        of one block that grows to its end, while somebody types a further question
 *   replay                               the same 16,000 characters in one go, as an answer that is resumed
 *   restore                              a page is loaded where a conversation of twenty such answers stands open
 *
 * Prints the main thread's long tasks (over 50 ms) by the wall clock and by the thread's own clock, where its time went, how
 * long keys take to be seen (Event Timing: from the press to the next frame), and layout shifts. On a busy machine a task that
 * waited for a core is long by the wall clock alone. It measures and judges nothing.
 */

import { loadavg } from "node:os";
import { chromium } from "playwright";
import { launchOptions, openChat, serve } from "./chat.mjs";
import { LONG, record } from "./trace.mjs";

/** Milliseconds between two keys: about 100 words in a minute. */
const KEY = 120;
const TURNS = 20;
const [slowdown = "4", ...chosen] = process.argv.slice(2);

const address = await serve();
const browser = await chromium.launch(launchOptions);

async function stream(kind) {
  const { page, slow, ask, answered } = await openChat(browser, address);
  await slow(Number(slowdown));
  await observe(page);
  const { tasks } = await record(browser, page, async () => {
    await ask(kind);
    let over = false;
    const end = answered(0).then(() => (over = true));
    for (let pressed = 0; !over; pressed++) {
      await page.keyboard.press("abcdefgh "[pressed % 9]);
      await new Promise((resolve) => setTimeout(resolve, KEY));
    }
    await end;
  });
  return report(kind, tasks, await observed(page));
}

async function replay() {
  const { page, slow, ask, answered } = await openChat(browser, address);
  await slow(Number(slowdown));
  await observe(page);
  const { tasks } = await record(browser, page, async () => {
    await ask("sections at once");
    await answered(0);
  });
  return report("replay", tasks, await observed(page));
}

async function restore() {
  const { page, slow, ask, answered } = await openChat(browser, address);
  for (let turn = 0; turn < TURNS; turn++) {
    await ask("sections at once");
    await answered(turn);
  }
  await page.goto("about:blank");
  await slow(Number(slowdown));
  const { tasks } = await record(browser, page, async () => {
    await page.goto(address);
    await observe(page);
    await answered(0); // The first one is the last that comes.
  });
  return report("restore", tasks, await observed(page));
}

function observe(page) {
  return page.evaluate(() => {
    globalThis.seen = { keys: [], shift: 0 };
    const watch = (type, see) => new globalThis.PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, durationThreshold: 16, buffered: true });
    watch("event", ({ name, duration }) => name === "keydown" && globalThis.seen.keys.push(duration));
    watch("layout-shift", ({ value }) => (globalThis.seen.shift += value));
    globalThis.addEventListener("keydown", () => (globalThis.seen.pressed = (globalThis.seen.pressed ?? 0) + 1), true);
  });
}

function observed(page) {
  return page.evaluate(() => globalThis.seen);
}

function report(name, tasks, { keys, pressed = 0, shift }) {
  // Keys that are seen within 16 ms are not reported.
  const latencies = [...Array(Math.max(0, pressed - keys.length)).fill(16), ...keys].sort((one, other) => one - other);
  const at = (share) => Math.round(latencies[Math.floor(share * (latencies.length - 1))] ?? 0);
  const longest = (clock) => Math.round(Math.max(0, ...tasks.map((task) => task[clock])));
  const sum = (clock) => Math.round(tasks.reduce((all, task) => all + task[clock], 0));
  const kinds = ["script", "style", "layout", "paint", "garbage"];
  const worst = tasks.toSorted((one, other) => other.cpu - one.cpu).slice(0, 5);
  for (const task of worst) {
    const parts = kinds.map((kind) => `${kind} ${Math.round(task[kind])}`).join(", ");
    console.log(`  ${name}: task of ${Math.round(task.cpu)} ms CPU (${Math.round(task.wall)} ms): ${parts}; at ${Math.round(task.start - tasks[0].start)} ms; ${[...task.names].join(" ")}`);
  }
  return {
    scenario: name,
    "long tasks": tasks.filter(({ wall }) => wall > LONG).length,
    "of them by CPU": tasks.filter(({ cpu }) => cpu > LONG).length,
    "longest, ms": longest("wall"),
    "longest, CPU": longest("cpu"),
    "CPU in all": sum("cpu"),
    ...Object.fromEntries(kinds.map((kind) => [kind, sum(kind)])),
    keys: pressed,
    "key p50": at(0.5),
    "key p95": at(0.95),
    shift: Number(shift.toFixed(4)),
  };
}

const scenarios = { sections: stream, list: stream, code: stream, table: stream, prose: stream, replay, restore };
const rows = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(scenarios)) {
  rows.push(await scenarios[name](name));
}
console.log(`${slowdown} times slower; Chromium ${browser.version()}; load average ${loadavg()[0].toFixed(1)}`);
console.table(Object.fromEntries(rows.map(({ scenario, ...row }) => [scenario, row])));
await browser.close();
process.exit(0);
