/** The built chat on an empty page, and a backend that gives long answers: what the benchmarks here measure on. */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { json } from "node:stream/consumers";
import { performance } from "node:perf_hooks";
import { runnerImport } from "vite";

/** Tokens of an answer, and characters of a token. */
const TOKENS = 4_000;
const SIZE = 4;
/** Tokens in a second. */
const RATE = 100;

const root = path.dirname(import.meta.dirname);
export const { launchOptions } = (await runnerImport(path.join(root, "tests/chromium.ts"))).module;

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
/** Answers by the first word of the question: of many blocks, or one block that grows to the end. */
const TEXTS = {
  sections: SECTION,
  list: "- **Settings** are read from `askdocs.toml`, and from the environment [1], which goes first.\n",
  code: "askdocs index build --site docs   # only what changed\n",
  table: "| `DATABASE_URL` | production | SQLite, which is *not* enough for more than one server [2] |\n",
  prose: "Each run that finds a change publishes a *revision*: a complete, numbered state of the content [1]. ",
};
const OPENINGS = { code: "```bash\n", table: "| Setting | Needed in | Default |\n|---|---|---|\n" };

function write(kind) {
  const section = TEXTS[kind] ?? SECTION;
  return (OPENINGS[kind] ?? "") + section.repeat(Math.ceil((TOKENS * SIZE) / section.length)).slice(0, TOKENS * SIZE);
}

/** "prose at once" is answered in one go, as an answer that is resumed at its end; "prose" at the rate of a fast model. */
async function answer({ question }, response) {
  const [kind, ...how] = question.split(" ");
  const tokens = write(kind).match(/[\s\S]{1,4}/g);
  const send = (part) => `data: ${JSON.stringify(part)}\n\n`;
  const delta = (token) => send({ type: "text-delta", id: "0", delta: token });
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const citations = [1, 2].map((index) => ({ index, url: `/docs/page-${index}`, title: `Page ${index}`, heading: "", quote: "It is so.", occurrence: index - 1, fragment: "" }));
  response.write(
    send({ type: "start", messageId: "m_1", messageMetadata: { session: "tok" } }) +
      citations.map(({ index, url, title }) => send({ type: "source-url", sourceId: String(index), url, title })).join("") +
      send({ type: "text-start", id: "0" }),
  );
  if (how.length > 0) {
    response.write(tokens.map(delta).join(""));
  } else {
    const start = performance.now();
    for (let sent = 0; sent < tokens.length; ) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / RATE));
      for (; sent < Math.min(tokens.length, ((performance.now() - start) * RATE) / 1000); sent++) {
        response.write(delta(tokens[sent]));
      }
    }
  }
  response.write(send({ type: "text-end", id: "0" }));
  response.write(send({ type: "data-answer", data: { message_id: "m_1", status: "answered", mode: "model", confidence: 1, citations } }));
  response.write(send({ type: "finish" }));
  response.end("data: [DONE]\n\n");
}

const PAGE = `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:,"><script src="/askdocs.js" data-site-key="pk_bench" defer></script><h1>Page</h1>`;

/** The address of the page. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    const file = path.join(root, "dist", path.basename(pathname));
    if (pathname.endsWith("/chat")) {
      void answer(await json(request), response);
    } else if (pathname.endsWith(".js") && existsSync(file)) {
      response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(file));
    } else {
      response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Opens a chat, and says what can be done with it. */
export async function openChat(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const session = await page.context().newCDPSession(page);
  await page.goto(address);
  await page.locator("[part=launcher]").click();
  const field = page.locator("[part=input]");
  await field.waitFor();
  return {
    page,
    /** Makes the processor so many times slower. */
    slow: (rate) => session.send("Emulation.setCPUThrottlingRate", { rate }),
    ask: async (question) => {
      await field.fill(question);
      await page.keyboard.press("Enter");
    },
    /** Resolves when the answer of the turn at `index` is all there, and half a second to spare. Nothing is asked of the page meanwhile. */
    answered: (index) =>
      page.evaluate(async (at) => {
        const turns = () => globalThis.document.querySelector("askdocs-chat").shadowRoot.querySelectorAll("[part=turn]");
        while (turns()[at] === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        await new Promise((resolve) => {
          const look = () => turns()[at].ariaBusy === "false" && resolve();
          new globalThis.MutationObserver(look).observe(turns()[at], { attributes: true });
          look();
        });
        while (!turns()[at].querySelector("[part=actions]")) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }, index),
  };
}
