import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, openBrowser, openSite, visit, type Site } from "./site.js";

// axe comes with the end-to-end tests; where they are not installed, they are what checks this.
const axe = path.join(import.meta.dirname, "../../../../e2e/node_modules/axe-core/axe.min.js");

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axe, "utf8"));
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

describe.skipIf(!existsSync(axe))("axe finds nothing", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    browser = await openBrowser();
    site = await openSite(() => `<script src="/widget/askdocs.js" data-site-key="pk_test" data-version="1.0" data-suggestions="Why?|How?"></script>`);
  });
  afterAll(async () => {
    await browser.close();
    site.close();
  });

  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`${width} pixels, ${colorScheme}`, async () => {
        const { page } = await visit(browser, site.url, { viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
        const look = async (state: string): Promise<void> => expect(await findViolations(page), state).toEqual([]);
        await page.locator("[part=launcher]").waitFor();
        await look("the launcher");
        await page.locator("[part=launcher]").click();
        await look("the empty chat");
        await ask(page, "hello");
        await page.locator(".cmnt").waitFor();
        await page.getByRole("button", { name: "Not helpful" }).click();
        await page.getByRole("button", { name: "Unclear" }).click();
        await look("an answer, and a vote");
        for (const question of ["nothing", "extract", "failing"]) {
          await ask(page, question);
        }
        await look("what else can come");
        await page.locator("[part=input]").fill("x".repeat(4001));
        await look("a question that is too long");
      });
    }
  }

  for (const layout of ["docked", "inline"]) {
    test(`${layout}, on a page with a header of its own, expanded where that can be`, async () => {
      const { page } = await visit(browser, site.url, { reducedMotion: "reduce" });
      await page.evaluate((name) => {
        document.body.prepend(Object.assign(document.createElement("header"), { textContent: "Docs" }));
        const chat = document.querySelector("askdocs-chat")!;
        chat.remove();
        chat.setAttribute("layout", name);
        document.querySelector("main")!.prepend(chat);
      }, layout);
      if (layout === "docked") {
        await page.locator("[part=launcher]").click();
        await page.locator("[part=handle]").waitFor();
        await page.locator("[part=expand]").click();
      }
      await ask(page, "hello");
      await page.locator("[part=actions]").waitFor();
      expect(await findViolations(page)).toEqual([]);
    });
  }
});
