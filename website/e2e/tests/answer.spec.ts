import { expect, test } from "../harness/fixtures.js";

const QUESTION = "How do I go back to an earlier revision?";

test.beforeEach(async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
});

test("a question is answered with sources, marks and citations", async ({ chat }) => {
  await chat.askAndWait(QUESTION);
  await expect(chat.turn.getByRole("button", { name: "Sources" })).toBeVisible();
  await expect(chat.marks.first()).toBeVisible();
  await expect(chat.answer).toContainText("askdocs rollback");
  await expect(chat.turn).toContainText("Quoted from the docs");
  expect(await chat.sources.count()).toBeGreaterThan(0);
});

test("the first citation opens the right page at the right heading, with the sentence marked", async ({ chat, page, plain }, info) => {
  await chat.askAndWait(QUESTION);
  const citation = chat.marks.first();
  const href = new URL((await citation.getAttribute("href")) ?? "", page.url());
  expect(href.pathname).toBe("/docs/use/revisions");
  expect(href.hash).toMatch(/^#go-back-to-an-earlier-revision:~:text=/);
  const quote = /“(.+)”/.exec((await citation.getAttribute("aria-label")) ?? "")?.[1] ?? "";
  await citation.click();
  await expect(page).toHaveURL(`${plain.url}/docs/use/revisions#go-back-to-an-earlier-revision`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Revisions and rollback");
  await expect(page.getByRole("main").getByRole("heading", { name: "Go back to an earlier revision" })).toBeInViewport();
  const sentence = page.getByRole("main").getByText(quote);
  await expect(sentence).toBeInViewport();
  await expect(chat.dialog).toBeVisible();
  const [read, covered] = [await sentence.boundingBox(), await chat.dialog.boundingBox()];
  expect((read?.x ?? 0) + (read?.width ?? 0), "the chat does not lie over the sentence").toBeLessThanOrEqual(covered?.x ?? 0);
  await page.screenshot({ path: info.outputPath("citation.png") });
});

test("the conversation is there after following a citation", async ({ chat, page }) => {
  await chat.askAndWait(QUESTION);
  const answer = await chat.answer.innerText();
  await chat.marks.first().click();
  await page.waitForURL(/use\/revisions/);
  await expect(chat.dialog).toBeVisible();
  await expect(chat.turn.getByRole("heading", { name: QUESTION })).toBeVisible();
  await expect(chat.answer).toHaveText(answer, { useInnerText: true });
});

test("a question the docs do not answer is said to be so", async ({ chat }) => {
  await chat.askAndWait("What is the best recipe for lemon drizzle cake?");
  await expect(chat.turn).toContainText("found nothing in the documentation");
  await expect(chat.marks).toHaveCount(0);
});

test("a follow-up question is understood from the one before", async ({ chat }) => {
  await chat.askAndWait("Which file configures production?");
  await chat.askAndWait("And where do its secrets belong?");
  await expect(chat.turns).toHaveCount(2);
  await expect(chat.marks.first()).toBeVisible();
  await expect(chat.answer).toContainText(/_FILE|secret/i);
});

test("a suggested question is asked at a press", async ({ chat }) => {
  await chat.dialog.getByRole("button", { name: "What happens without a Gemini key?" }).click();
  await chat.over();
  await expect(chat.marks.first()).toBeVisible();
});

test("text that looks like HTML is text", async ({ chat, page }) => {
  await chat.askAndWait("<img src=x onerror=alert(1)> How do I roll back?");
  await expect(chat.dialog.locator("img")).toHaveCount(0);
  expect(page.url()).toContain("/docs");
});
