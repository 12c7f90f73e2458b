import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright";
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
    site = await openSite(() => `<script src="/widget/askdocs.js" data-site-key="pk_test" data-version="1.0" data-storage="device" data-suggestions="Why?|How?"></script>`);
  });
  afterAll(async () => {
    await browser.close();
    site.close();
  });

  const PLACES: Record<string, BrowserContextOptions & { rtl?: boolean }> = {
    "a wide page": {},
    "a wide page in the dark": { colorScheme: "dark" },
    "a phone in the dark": { viewport: { width: 390, height: 800 }, colorScheme: "dark" },
    "a page at 200 %": { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
    "a narrow page from right to left": { viewport: { width: 320, height: 640 }, rtl: true },
  };

  for (const [place, { rtl, ...options }] of Object.entries(PLACES)) {
    test(`on ${place}, in every state; and the policy is kept, and nobody else is asked`, async () => {
      const { page, requests, complaints } = await visit(browser, `${site.url}/strict/page`, { reducedMotion: "reduce", ...options });
      const look = async (state: string): Promise<void> => {
        expect(await findViolations(page), state).toEqual([]);
        expect(complaints.splice(0), state).toEqual([]);
      };
      const button = (name: string) => page.locator("askdocs-chat").getByRole("button", { name, exact: true });
      if (rtl) {
        await page.evaluate(() => (document.documentElement.dir = "rtl"));
      }
      await page.locator("[part=launcher]").waitFor();
      await look("the launcher");
      await page.locator("[part=launcher]").click();
      await look("the empty chat");
      await button("What is kept?").click();
      await page.locator("section[part=kept]").waitFor();
      await look("what is kept");
      await button("What is kept?").click();
      await page.locator("[part=input]").fill("endless");
      await page.keyboard.press("Enter");
      await page.getByText("goes on and").waitFor();
      await look("an answer that is being given");
      await button("Stop").click();
      await button("Edit question").waitFor();
      await look("a stopped answer");
      await ask(page, "hello");
      await page.locator(".cmnt").waitFor();
      await button("Not helpful").click();
      await button("Unclear").click();
      await look("an answer, and a vote");
      for (const question of ["nothing", "extract"]) {
        await ask(page, question);
      }
      await look("what else can come");
      await page.context().setOffline(true);
      await ask(page, "hello");
      expect(complaints.splice(0).join(), "the browser's own words").toContain("ERR_INTERNET_DISCONNECTED");
      await look("without a network");
      await page.context().setOffline(false);
      await page.locator("[part=input]").fill("x".repeat(4001));
      await look("a question that is too long");
      await page.locator("[part=input]").fill("");
      await button("New conversation").click();
      await page.locator("[part=earlier]").waitFor();
      await look("earlier conversations");
      expect(requests.filter((url) => !url.startsWith(site.url) && !url.startsWith("data:"))).toEqual([]);
    });
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
