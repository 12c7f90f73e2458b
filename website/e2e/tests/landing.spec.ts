/** The landing page: the recorded answer rests on pages as they are, numbers light their sentence, the real chat too. */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { blocksOf, find, section, type Block, type Citation, type Recording } from "../../src/plain/blocks.js";
import { SITE_KEY } from "../harness/backend.js";
import { ROOT } from "../harness/program.js";
import { expect, test } from "../harness/fixtures.js";
import type { Page } from "@playwright/test";

const FILE = path.join(ROOT, "website/src/components/Demo/recorded.json");
const recorded = JSON.parse(await readFile(FILE, "utf8")) as Recording;

/** The section of a page that a citation leads to, read as the demo reads it. */
async function sectionAt(page: Page, url: string): Promise<Block[]> {
  await page.goto(url);
  return section(await page.locator(".theme-doc-markdown").evaluate(blocksOf), new URL(url).hash.slice(1));
}

/** What a stream of the API says of its answer. */
function answerIn(stream: string): { citations: Citation[]; release: { image: string } } {
  const events = stream.split("\n\n").filter((event) => event.startsWith("data: {"));
  const parts = events.map((event) => JSON.parse(event.slice("data: ".length)) as { type: string; data: ReturnType<typeof answerIn> });
  return parts.find(({ type }) => type === "data-answer")!.data;
}

test("the recorded answer is recorded anew when asked to", async ({ chat, page, plain }) => {
  test.skip(process.env.RECORD === undefined, "RECORD=1 records");
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.askAndWait(recorded.question);
  const again = { question: recorded.question, version: "0.1.0", locale: "en" };
  const stream = await (await page.request.post(`${plain.url}/api/v1/sites/${SITE_KEY}/chat`, { data: again })).text();
  const { citations, release } = answerIn(stream);
  const answer = await chat.answer.evaluate(blocksOf);
  const url = citations[0]!.url;
  const blocks = await sectionAt(page, plain.url + url);
  const anew: Recording = {
    schema: 1,
    on: new Date().toISOString().slice(0, 10),
    release: release.image,
    question: recorded.question,
    answer,
    citations: citations.map(({ url, title, quote }) => ({ url, title, quote })),
    page: { url, blocks },
  };
  await writeFile(FILE, `${JSON.stringify(anew, null, 1)}\n`);
});

test("what was recorded stands on the pages still", async ({ page, plain }) => {
  expect(recorded.answer.flatMap(({ runs }) => runs).filter(({ as }) => as === "mark")).toHaveLength(recorded.citations.length);
  const pages = new Map<string, Block[]>();
  for (const { url, quote } of recorded.citations) {
    const blocks = pages.get(url) ?? (await sectionAt(page, plain.url + url));
    pages.set(url, blocks);
    expect(find(blocks, quote), `record anew with RECORD=1 npx playwright test landing: ${quote}`).not.toBeNull();
  }
  expect(pages.get(recorded.page.url)).toEqual(recorded.page.blocks);
});

test("a number lights its sentence on the page beside the answer", async ({ page, plain }) => {
  await page.goto(plain.url);
  const demo = page.getByRole("region", { name: "Askdocs at work" });
  const lit = demo.locator("mark");
  await expect(lit.first()).toHaveText(recorded.citations[0]!.quote);
  const last = recorded.citations.at(-1)!;
  await demo.getByRole("button", { name: /^Source/ }).last().click();
  await expect.poll(async () => (await lit.allTextContents()).join("")).toBe(last.quote);
  await expect(lit.first()).toBeInViewport();
});

test("numbers of the real chat light theirs there too", async ({ chat, page, plain }) => {
  await page.goto(plain.url);
  await expect(chat.launcher).toBeVisible(); // before, nobody listens to the page's buttons
  await page.getByRole("button", { name: "Ask it live" }).click();
  await chat.over();
  await chat.marks.last().click();
  await expect(page.getByRole("region", { name: "The cited page" }).locator("mark").first()).toBeInViewport();
  await expect(page).toHaveURL(`${plain.url}/`);
});
