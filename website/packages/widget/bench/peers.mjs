/**
 * What chats and searches for docs cost a page that has one: `npm run bench:peers`, or `node bench/peers.mjs [slowdown]` with what is
 * built.
 *
 * The bundles that others publish on npm, at the versions below, are installed into a temporary folder (nothing of them is ours, none
 * of their install scripts runs) and served from this machine, gzip at its best, as our own. Each is mounted alone on the same empty
 * page in a fresh browser, as its README says, and opened as a reader would, on a processor that is `slowdown` times slower (4).
 * Other hosts cannot be reached and are listed: pictures of theirs are empty, all else that is asked of them fails. So each shows less
 * than it would with an account: bytes, requests and script are the least that it can cost.
 *
 * Of three runs each the median. Times are the main thread's own (CPU), from the start of the load until the field is there and half
 * a second more. It measures and judges nothing.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { launchOptions } from "./chat.mjs";
import { record } from "./trace.mjs";

const RUNS = 3;
const slowdown = Number(process.argv[2] ?? 4);
const dist = path.join(path.dirname(import.meta.dirname), "dist");

const ALGOLIA = `container: "#chat", appId: "APP", apiKey: "key"`;

/** What the page says, and what is called once it is there; `open` is pressed, and then there is `field`. */
const PRODUCTS = [
  {
    name: "Askdocs",
    folder: dist,
    head: `<script src="/askdocs.js" data-site-key="pk_bench" defer></script>`,
    open: "[part=launcher]",
    field: "[part=input]",
  },
  {
    name: "DocSearch, search alone",
    packages: ["@docsearch/js@5.2.0", "@docsearch/css@5.2.0"],
    head: `<link rel="stylesheet" href="/@docsearch/css/dist/style.css"><script src="/@docsearch/js/dist/umd/docsearch.js" defer></script>`,
    mount: `docsearch({ ${ALGOLIA}, indices: ["docs"] })`,
    open: ".DocSearch-Button",
    field: ".DocSearch-Input",
  },
  {
    name: "DocSearch with Ask AI",
    packages: ["@docsearch/js@5.2.0", "@docsearch/css@5.2.0"],
    head: `<link rel="stylesheet" href="/@docsearch/css/dist/style.css"><script src="/@docsearch/js/dist/umd/index.js" defer></script>`,
    mount: `docsearch({ ${ALGOLIA}, indices: ["docs"], askAi: "agent" })`,
    open: ".DocSearch-Button",
    field: ".DocSearch-Input",
  },
  {
    name: "DocSearch, Ask AI's side panel",
    packages: ["@docsearch/sidepanel-js@5.1.1", "@docsearch/css@5.2.0"],
    head: `<link rel="stylesheet" href="/@docsearch/css/dist/sidepanel.css"><script src="/@docsearch/sidepanel-js/dist/umd/index.js" defer></script>`,
    mount: `docsearchSidepanel({ ${ALGOLIA}, indexName: "docs", agentId: "agent" })`,
    open: ".DocSearch-SidepanelButton",
    field: ".DocSearch-Sidepanel-Prompt--textarea",
  },
  {
    name: "DocsGPT",
    packages: ["docsgpt@0.5.1"],
    head: `<script src="/docsgpt/dist/modern/browser.js" type="module"></script>`,
    mount: `renderDocsGPTWidget("chat", { apiKey: "key" })`,
    open: "#chat img",
    field: "#chat input",
  },
  {
    name: "Inkeep",
    packages: ["@inkeep/cxkit-js@0.5.64"],
    head: `<script src="/@inkeep/cxkit-js/dist/embed.js" type="module"></script>`,
    mount: `Inkeep.ChatButton({ baseSettings: { apiKey: "key", primaryBrandColor: "#26d6ff", organizationDisplayName: "Docs" } })`,
    open: ".ikp-chat-button__button",
    field: ".ikp-ai-chat-input",
  },
];

const EMPTY = `<svg xmlns="http://www.w3.org/2000/svg"/>`;
const TYPES = { ".js": "text/javascript", ".css": "text/css" };

const folder = mkdtempSync(path.join(tmpdir(), "askdocs-peers-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(path.join(folder, "package.json"), "{}");
const packages = [...new Set(PRODUCTS.flatMap((product) => product.packages ?? []))];
execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps", ...packages], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });

const compressed = new Map();
function compress(file) {
  const content = compressed.get(file) ?? gzipSync(readFileSync(file), { level: 9 });
  compressed.set(file, content);
  return content;
}

async function measure(product) {
  const browser = await chromium.launch(launchOptions);
  const sent = [];
  const root = product.folder ?? path.join(folder, "node_modules");
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "", "http://localhost").pathname;
    if (name === "/") {
      const mount = product.mount ? `<script type="module">${product.mount}</script>` : "";
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="data:,">${product.head}<h1>Page</h1><div id="chat"></div>${mount}`);
      return;
    }
    try {
      const content = compress(path.join(root, path.normalize(name)));
      sent.push(content.length);
      response.writeHead(200, { "content-type": TYPES[path.extname(name)] ?? "text/plain", "content-encoding": "gzip" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const foreign = new Map();
  await page.route(
    (url) => url.protocol.startsWith("http") && url.hostname !== "127.0.0.1",
    (route) => {
      const { hostname } = new URL(route.request().url());
      foreign.set(hostname, (foreign.get(hostname) ?? 0) + 1);
      return route.request().resourceType() === "image" ? route.fulfill({ contentType: "image/svg+xml", body: EMPTY }) : route.abort();
    },
  );
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  const { result, tasks } = await record(browser, page, async () => {
    await page.goto(address, { waitUntil: "load" });
    await page.waitForTimeout(500);
    const before = sent.length;
    await page.locator(product.open).first().click({ timeout: 20_000 });
    await page.locator(product.field).first().waitFor({ timeout: 20_000 });
    await page.waitForTimeout(500);
    return before;
  });
  version = browser.version();
  await browser.close();
  server.close();
  const bytes = (sizes) => sizes.reduce((sum, size) => sum + size, 0);
  const sum = (clock) => tasks.reduce((all, task) => all + task[clock], 0);
  return {
    requests: sent.length,
    "B before": bytes(sent.slice(0, result)),
    "B when open": bytes(sent),
    "script, ms": sum("script"),
    "main thread, ms": sum("cpu"),
    "longest task, ms": Math.max(...tasks.map(({ cpu }) => cpu)),
    "other hosts": [...foreign].map(([host, times]) => `${host} ×${times}`).join(", ") || "none",
  };
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
let version = "";
const rows = {};
for (const product of PRODUCTS) {
  const runs = [];
  try {
    for (let run = 0; run < RUNS; run++) {
      runs.push(await measure(product));
    }
    rows[product.name] = Object.fromEntries(
      Object.entries(runs[0]).map(([key, value]) => [key, typeof value === "number" ? Math.round(median(runs.map((each) => each[key]))) : value]),
    );
  } catch (error) {
    rows[product.name] = { "other hosts": String(error).split("\n")[0] };
  }
}
console.log(`${new Date().toISOString().slice(0, 10)}; ${slowdown} times slower; Chromium ${version}; load average ${loadavg()[0].toFixed(1)}`);
console.log(packages.join(", "));
console.table(rows);
process.exit(0);
