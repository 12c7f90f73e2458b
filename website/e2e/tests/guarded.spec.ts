/** A site whose readers must have a session, work for it, and consent; and one that is switched off. */

import type { Page } from "@playwright/test";
import { environment, serve, SITE_KEY, type Backend } from "../harness/backend.js";
import { Chat } from "../harness/chat.js";
import { expect, test as base } from "../harness/fixtures.js";
import { run } from "../harness/program.js";

const SITE = { name: "docs", key: SITE_KEY, consent: "required" };

const test = base.extend<object, { guarded: Backend & { home: string } }>({
  guarded: [
    async ({}, use) => {
      const backend = await serve("guarded", {
        ASKDOCS_SITES: JSON.stringify([SITE]),
        ASKDOCS_GUARD__READER_SESSIONS: "always",
        ASKDOCS_GUARD__NETWORK_SESSIONS: "0",
        ASKDOCS_GUARD__WORK: "2000",
      });
      await use(backend);
      await backend.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** What the browser keeps of conversations. */
async function kept(page: Page): Promise<string[]> {
  const names = await page.evaluate(() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]);
  return names.filter((name) => name.startsWith("askdocs:"));
}

test.beforeEach(async ({ chat, guarded, page }) => {
  await page.goto(`${guarded.url}/docs/start/what-it-is`);
  await chat.open();
});

test("a reader who has to work for a session is answered, and need not work again", async ({ chat, page }) => {
  const answers: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.request().method() === "POST" && pathname.startsWith(`/api/v1/sites/${SITE_KEY}/`)) {
      answers.push(`${pathname.slice(pathname.lastIndexOf("/") + 1)} ${response.status()}`);
    }
  });
  await chat.askAndWait("How do I go back to an earlier revision?");
  await expect(chat.marks.first()).toBeVisible();
  // Refused; the puzzle; the session for its solution; the answer.
  expect(answers).toEqual(["chat 401", "session 200", "session 201", "chat 200"]);

  await chat.askAndWait("What does a revision hold?");
  expect(answers.slice(4)).toEqual(["chat 200"]);
});

test("nothing is kept before consent that the site asks for", async ({ chat, page }) => {
  await expect(chat.host).toHaveAttribute("consent", "required");
  await chat.askAndWait("How do I go back to an earlier revision?");
  await expect(chat.marks.first()).toBeVisible();
  expect(await kept(page)).toEqual([]);
});

test("a site that is switched off says so", async ({ guarded, page }) => {
  await run("askdocs", ["site", "disable", "docs"], environment(guarded.home));
  await expect.poll(async () => (await fetch(`${guarded.url}/api/v1/sites/${SITE_KEY}/chat-settings`)).status).toBe(410);
  const chat = new Chat(page);
  await chat.askAndWait("How do I go back to an earlier revision?");
  await expect(chat.turn).toContainText("switched off");
});
