import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../harness/fixtures.js";
import { openSearch } from "../harness/search.js";

/**
 * What axe finds, one line for each element. Only what is wrong is described, and by the page's own scripts, since no page
 * has frames of other origins: 5 s rather than 14 s for the configuration reference's 3,100 elements.
 */
async function violations(page: Page): Promise<string[]> {
  const results = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] }).analyze();
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} mode`, () => {
    test.use({ colorScheme });

    test("pages with a closed chat have no accessibility violation", async ({ chat, page, plain }) => {
      for (const path of ["/docs/next/start/what-it-is", "/docs/use/http-api", "/docs/operate/configuration-reference", "/de/docs/start/what-it-is"]) {
        await page.goto(plain.url + path);
        await expect(chat.host.getByRole("button").first()).toBeVisible();
        expect(await violations(page), path).toEqual([]);
      }
    });

    test("landing page, demo, guides, overview and a wrong address have none", async ({ chat, page, plain }) => {
      for (const path of ["/", "/demo/vite/build", "/docs", "/nowhere", "/docs/start/quick-start", "/docs/start/docusaurus", "/docs/contribute/architecture"]) {
        await page.goto(plain.url + path);
        await expect(chat.host.getByRole("button").first()).toBeVisible();
        expect(await violations(page), path).toEqual([]);
      }
    });

    test("an open chat has none, empty and with an answer", async ({ chat, page, plain }) => {
      await page.goto(`${plain.url}/docs/start/what-it-is`);
      await chat.open();
      expect(await violations(page)).toEqual([]);
      await chat.askAndWait("How do I go back to an earlier revision?");
      expect(await violations(page)).toEqual([]);
      await chat.turn.getByRole("button", { name: "Not helpful" }).click();
      expect(await violations(page)).toEqual([]);
    });

    test("the search has none, with results and without", async ({ page, plain }) => {
      await page.goto(plain.url);
      await openSearch(page);
      await expect(page.getByRole("option").first()).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("combobox").fill("roll back");
      await expect(page.getByRole("option").nth(2)).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });

    test("a chat on a phone has none", async ({ chat, page, plain }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`${plain.url}/docs/start/what-it-is`);
      await chat.open();
      await chat.askAndWait("What is the best recipe for lemon drizzle cake?");
      expect(await violations(page)).toEqual([]);
    });
  });
}

test("code, tables and an error have none", async ({ chat, gemini, page, withGemini }) => {
  await page.goto(`${withGemini.url}/docs/start/what-it-is`);
  await chat.open();
  await gemini.script({ text: "Run this [1]:\n\n```bash\naskdocs rollback --site docs\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" });
  await chat.askAndWait("How do I go back to an earlier revision?");
  await expect(chat.answer.getByRole("table")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await gemini.script({ text: "Run this, and then", then: "cut", after: 2 });
  await chat.askAndWait("How do I go forward to a later revision?");
  expect(await violations(page)).toEqual([]);
});
