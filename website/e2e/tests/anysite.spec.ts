/** Pages that are not Docusaurus', on other origins than the backend's: one script tag. */

import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import path from "node:path";
import type { Page } from "@playwright/test";
import { SECURE_KEY } from "../harness/backend.js";
import { expect, test } from "../harness/fixtures.js";
import { HELP, pageFor, pageUrl, servePages } from "../harness/pages.js";
import { ROOT } from "../harness/program.js";

/** Bytes of a file as they come over the wire; `fetch` would unpack them. */
function weigh(url: string, encoding: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": encoding } }, (response) => {
      let bytes = 0;
      expect(response.headers["content-encoding"]).toBe(encoding);
      response.on("data", (piece: Buffer) => (bytes += piece.length)).on("end", () => resolve(bytes));
    }).on("error", reject);
  });
}

test("the widget weighs on the wire what its manifest says, and what the docs promise", async ({ plain }) => {
  const widget = `${plain.url}/widget`;
  const manifest = (await (await fetch(`${widget}/manifest.json`)).json()) as {
    panel: string;
    files: Record<string, { gzip: number; brotli: number }>;
  };
  const page = await readFile(path.join(ROOT, "website/docs/start/any-site.md"), "utf8");
  const promised = Array.from(page.matchAll(/at most (\d+) KiB/g), ([, limit]) => Number(limit) * 1024);
  expect(promised).toHaveLength(2);
  for (const [index, name] of ["askdocs.js", manifest.panel].entries()) {
    const gzip = await weigh(`${widget}/${name}`, "gzip");
    const brotli = await weigh(`${widget}/${name}`, "br");
    expect({ gzip, brotli }).toEqual({ gzip: manifest.files[name]?.gzip, brotli: manifest.files[name]?.brotli });
    expect(gzip).toBeLessThanOrEqual(promised[index] ?? 0);
  }
});

test("one script tag brings the chat to a page of another origin", async ({ chat, page, plain }) => {
  await page.goto(pageUrl(plain.url));
  await chat.open();
  await chat.askAndWait(HELP);
  await expect(chat.marks.first()).toBeVisible();
});

test("anything on the page can open the chat with a question", async ({ chat, page, plain }) => {
  await page.goto(pageUrl(plain.url));
  await expect(chat.launcher).toBeVisible();
  await page.getByRole("button", { name: "Help with revisions" }).click();
  await expect(chat.turn.getByRole("heading", { name: HELP })).toBeVisible();
  await chat.over();
  await expect(chat.marks.first()).toBeVisible();
});

test("a strict content security policy is kept", async ({ chat, page, plain }) => {
  const violations: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) {
      violations.push(message.text());
    }
  });
  const csp = [
    "default-src 'none'",
    "img-src data:",
    `script-src ${plain.url}`,
    `connect-src ${plain.url}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  await page.goto(pageUrl(plain.url, { csp }));
  await chat.open();
  await chat.askAndWait(HELP);
  await expect(chat.marks.first()).toBeVisible();
  expect(violations).toEqual([]);
});

/** Pages that the site's origins do not cover: how each is opened, and what its reader is told. */
const FOREIGN: Record<string, (page: Page, backend: string) => Promise<string>> = {
  "another host": async (page, backend) => {
    await page.goto(pageUrl(backend, { foreign: true }));
    return `Pages of http://127.0.0.1:${process.env.E2E_PAGES ?? ""} may not ask here`;
  },
  "another port": async (page, backend) => {
    const { port, server } = await servePages();
    await page.goto(`http://localhost:${port}/?backend=${backend}`);
    server.close();
    return `Pages of http://localhost:${port} may not ask here`;
  },
  "another scheme": async (page, backend) => {
    await page.goto(`${pageUrl(backend)}&key=${SECURE_KEY}`);
    return `Pages of http://localhost:${process.env.E2E_PAGES ?? ""} may not ask here`;
  },
  "no origin, since it is a file": async (page, backend) => {
    const file = test.info().outputPath("page.html");
    await writeFile(file, pageFor(backend));
    await page.goto(`file://${file}`);
    return "A page that is opened as a file may not ask. Open it through a web server.";
  },
};

for (const [name, open] of Object.entries(FOREIGN)) {
  test(`a page that may not ask is told so, and its origin: ${name}`, async ({ chat, page, plain }, info) => {
    const told = await open(page, plain.url);
    await chat.open();
    await chat.askAndWait(HELP);
    await expect(chat.turn).toContainText(told);
    await expect(chat.marks).toHaveCount(0);
    await expect(chat.turn.getByRole("button", { name: "Try again" })).toBeVisible();
    await page.screenshot({ path: info.outputPath("refused.png") });
  });
}
