/** An answer that is being given survives what readers and networks do to it. */

import type { Page } from "@playwright/test";
import { SITE_KEY } from "../harness/backend.js";
import type { Chat } from "../harness/chat.js";
import { expect, test } from "../harness/fixtures.js";

const QUESTION = "How do I go back to an earlier revision?";
const ANSWER =
  "Run `askdocs rollback`, and the revision before the live one becomes live [1]. " +
  "It moves a pointer, so it takes effect at once and costs nothing. " +
  "Revisions that are not live are kept for a while, and then they are removed by the next run of the indexer.";
const LAST_WORDS = "removed by the next run of the indexer.";

/** As readers see it: without the sentence's mark, which is a link. */
const SHOWN = ANSWER.replaceAll("`", "").replace("[1]", "1").replace(/\s/g, "");

async function beginAnswer(page: Page, chat: Chat, url: string): Promise<void> {
  await page.goto(`${url}/docs/start/what-it-is`);
  await chat.open();
  await chat.ask(QUESTION);
  await expect(chat.answer).toContainText("Run askdocs rollback");
}

async function expectWhole(chat: Chat): Promise<void> {
  await expect(chat.turns).toHaveCount(1);
  await expect(chat.answer).toContainText(LAST_WORDS);
  await chat.over();
  expect((await chat.answer.innerText()).replace(/\s/g, "")).toBe(SHOWN);
  await expect(chat.turn.getByRole("button", { name: "Copy answer" })).toBeVisible();
}

test("an answer is complete after a reload in its middle, and was given once", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.25, times: null });
  await beginAnswer(page, chat, withGemini.url);
  const asked = (await gemini.asked()).length;
  await page.reload();
  await expect(chat.answer, "what had come is there at once").toContainText("Run askdocs rollback");
  await expect(chat.turn).toHaveAttribute("aria-busy", "true");
  await expectWhole(chat);
  await page.reload();
  await expectWhole(chat);
  expect((await gemini.asked()).length).toBe(asked);
});

test("a citation followed in mid-answer leads to its page, and the answer goes on there", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.25, times: null });
  await beginAnswer(page, chat, withGemini.url);
  await chat.marks.first().click();
  await page.waitForURL(/\/docs\/use\/revisions/);
  await expect(chat.dialog).toBeVisible();
  await expectWhole(chat);
});

test("an answer is complete after ten seconds without a network, and says meanwhile that it is lost", async ({ chat, context, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.25, times: null });
  await beginAnswer(page, chat, withGemini.url);
  const before = await chat.answer.boundingBox();
  await context.setOffline(true);
  await expect(chat.turn).toContainText("The connection is lost");
  expect(await chat.answer.boundingBox(), "what is read does not move").toMatchObject({ x: before?.x, y: before?.y });
  await page.waitForTimeout(10_000);
  await expect(chat.turn).toHaveAttribute("aria-busy", "true");
  await context.setOffline(false);
  await expectWhole(chat);
  await expect(chat.turn).not.toContainText("The connection is lost");
});

test("a stop reaches the model, and a reload does not bring the answer back", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 1, times: null });
  await beginAnswer(page, chat, withGemini.url);
  await chat.dialog.getByRole("button", { name: "Stop" }).click();
  await expect.poll(async () => (await gemini.asked()).at(-1)!.outcome).toBe("disconnected");
  await page.reload();
  await chat.over();
  await expect(chat.turn).toContainText("Stopped.");
});

test("an answer that is gone is said to be, and can be asked for again", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.25 }, { text: ANSWER, times: null });
  await beginAnswer(page, chat, withGemini.url);
  await page.route(`**/${SITE_KEY}/chat/*/stream`, (route) => route.fulfill({ status: 204 }));
  await page.reload();
  await expect(chat.turn).toContainText("The connection broke before the answer was complete.");
  await expect(chat.answer, "what had come is kept").toContainText("Run askdocs rollback");
  await chat.turn.getByRole("button", { name: "Try again" }).click();
  await expectWhole(chat);
});
