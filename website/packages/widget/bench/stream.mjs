/**
 * What a long answer costs its reader: `npm run bench`, or `node bench/stream.mjs [slowdown]` with what is built.
 *
 * Streams an answer of 4,000 tokens (four characters each) at 100 tokens/s to the built chat on an empty page, on a processor
 * that is `slowdown` times slower (4), while somebody types a further question. Prints the long tasks (over 50 ms) and how
 * long keys take to be seen (Event Timing: from the press to the next frame). It measures and judges nothing.
 */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { chromium } from "playwright";
import { runnerImport } from "vite";

const TOKENS = 4_000;
/** Tokens in a second. */
const RATE = 100;
/** Milliseconds between two keys: about 100 words in a minute. */
const KEY = 120;
const slowdown = Number(process.argv[2] ?? 4);

const root = path.dirname(import.meta.dirname);
const { launchOptions } = (await runnerImport(path.join(root, "tests/chromium.ts"))).module;

const SECTION = `## Publish a revision

Each run that finds a change publishes a *revision*: a complete, numbered state of the content [1]. Readers are answered from
exactly one, the **live** one, and \`askdocs rollback\` goes back to an earlier one [2].

1. Index the built site, which reads what has changed:
   - pages that were added or changed are cut and embedded;
   - pages that are gone are closed.
2. Look at what it printed, then go back if something is wrong.

\`\`\`bash
askdocs index build --site docs   # only what changed
askdocs rollback --site docs
\`\`\`

| Setting | Needed in | Default |
|---|---|---|
| \`DATABASE_URL\` | production | SQLite |
| \`GEMINI_API_KEY\` | staging, production | none |

> Secrets can also come from files: set \`SECRET_KEY_FILE\` to a path [2].

`;
const text = SECTION.repeat(Math.ceil((TOKENS * 4) / SECTION.length)).slice(0, TOKENS * 4);
const tokens = text.match(/[\s\S]{1,4}/g);

async function answer(response) {
  const send = (part) => response.write(`data: ${JSON.stringify(part)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  send({ type: "start", messageId: "m_1", messageMetadata: { session: "tok" } });
  for (const index of [1, 2]) {
    send({ type: "source-url", sourceId: String(index), url: `/docs/page-${index}`, title: `Page ${index}` });
  }
  send({ type: "text-start", id: "0" });
  const start = performance.now();
  for (let sent = 0; sent < tokens.length; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / RATE));
    for (; sent < Math.min(tokens.length, ((performance.now() - start) * RATE) / 1000); sent++) {
      send({ type: "text-delta", id: "0", delta: tokens[sent] });
    }
  }
  send({ type: "text-end", id: "0" });
  send({ type: "data-answer", data: { message_id: "m_1", status: "answered", mode: "model", confidence: 1, citations: [] } });
  send({ type: "finish" });
  response.end("data: [DONE]\n\n");
}

const PAGE = `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:,"><script src="/askdocs.js" data-site-key="pk_bench" defer></script><h1>Page</h1>`;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "", "http://localhost");
  const file = path.join(root, "dist", path.basename(pathname));
  if (pathname.endsWith("/chat")) {
    void answer(response);
  } else if (pathname.endsWith(".js") && existsSync(file)) {
    response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(file));
  } else {
    response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch(launchOptions);
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.locator("[part=launcher]").click();
const field = page.locator("[part=input]");
await field.fill("Tell me all of it");
await (await page.context().newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slowdown });
await page.evaluate(() => {
  globalThis.seen = { tasks: [], keys: [] };
  new globalThis.PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => globalThis.seen.tasks.push(duration))).observe({ type: "longtask" });
  new globalThis.PerformanceObserver((list) => list.getEntries().forEach(({ name, duration }) => name === "keydown" && globalThis.seen.keys.push(duration))).observe({
    type: "event",
    durationThreshold: 16,
  });
});
await field.press("Enter");
const turn = page.locator("[part=turn]");
await turn.waitFor();
let pressed = 0;
while ((await turn.getAttribute("aria-busy")) === "true") {
  await field.press("abcdefgh "[pressed++ % 9]);
  await new Promise((resolve) => setTimeout(resolve, KEY));
}
const { tasks, keys } = await page.evaluate(() => globalThis.seen);
// Keys that are seen within 16 ms are not reported.
const latencies = [...Array(Math.max(0, pressed - keys.length)).fill(16), ...keys].sort((one, other) => one - other);
const at = (share) => Math.round(latencies[Math.floor(share * (latencies.length - 1))] ?? 0);
console.table({
  tokens: tokens.length,
  slowdown,
  "long tasks": tasks.length,
  "longest task, ms": Math.round(Math.max(0, ...tasks)),
  "keys pressed": pressed,
  "key to frame, median, ms": at(0.5),
  "key to frame, p95, ms": at(0.95),
});
await browser.close();
server.close();
process.exit(0);
