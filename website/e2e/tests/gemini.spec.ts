import { expect, test } from "../harness/fixtures.js";

const QUESTION = "How do I go back to an earlier revision?";
const ANSWER = "Run `askdocs rollback`, and the revision before the live one becomes live [1].";

test.beforeEach(async ({ chat, gemini, page, withGemini }) => {
  await gemini.script();
  await page.goto(`${withGemini.url}/docs/start/what-it-is`);
  await chat.open();
});

test("an answer is streamed and its marks lead to passages", async ({ chat, gemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.05 });
  await chat.askAndWait(QUESTION);
  await expect(chat.answer).toContainText("the revision before the live one becomes live");
  await expect(chat.marks).toHaveCount(1);
  await expect(chat.marks).toHaveAttribute("href", /\/docs\/use\/revisions#/);
  await expect(chat.turn).not.toContainText("Quoted from the docs");
});

test("a mark that cites nothing never reaches the reader", async ({ chat, gemini }) => {
  await gemini.script({ text: `${ANSWER} They say so [42].` });
  await chat.askAndWait(QUESTION);
  await expect(chat.answer).not.toContainText("42");
  await expect(chat.marks).toHaveCount(1);
});

for (const status of [429, 500, 503]) {
  test(`passages are quoted when Gemini answers ${status}`, async ({ chat, gemini }) => {
    await gemini.script({ status, times: null });
    await chat.askAndWait(QUESTION);
    await expect(chat.turn).toContainText("Quoted from the docs");
    await expect(chat.marks.first()).toBeVisible();
  });
}

test("passages are quoted when Gemini refuses for safety", async ({ chat, gemini }) => {
  await gemini.script({ text: "", finish: "SAFETY" });
  await chat.askAndWait(QUESTION);
  await expect(chat.turn).toContainText("Quoted from the docs");
  await expect(chat.marks.first()).toBeVisible();
});

test("passages are quoted when Gemini is slow to begin", async ({ chat, gemini }) => {
  await gemini.script({ text: "Too late [1].", first: 10 });
  await chat.askAndWait(QUESTION);
  await expect(chat.turn).toContainText("Quoted from the docs");
  await expect(chat.answer).not.toContainText("Too late");
  await expect.poll(async () => (await gemini.asked()).at(-1)?.outcome).toBe("disconnected");
});

test("an answer that is cut keeps what was said and can be asked again", async ({ chat, gemini }) => {
  await gemini.script({ text: `${ANSWER} More of the same. And more.`, then: "cut", after: 3, times: 1 });
  await chat.askAndWait(QUESTION);
  await expect(chat.answer).toContainText("Run");
  await expect(chat.turn.getByRole("button", { name: "Try again" })).toBeVisible();
  await gemini.script({ text: ANSWER });
  await chat.turn.getByRole("button", { name: "Try again" }).click();
  await chat.over();
  await expect(chat.turns).toHaveCount(1);
  await expect(chat.answer).toContainText("becomes live");
});

test("stopping keeps what was said and ends the call", async ({ chat, gemini }) => {
  await gemini.script({ text: `${ANSWER} ${"And so on. ".repeat(200)}`, pause: 0.1 });
  await chat.ask(QUESTION);
  await expect(chat.answer).toContainText("Run");
  await chat.dialog.getByRole("button", { name: "Stop" }).click();
  await chat.over();
  await expect(chat.turn).toContainText("Stopped.");
  await expect(chat.answer).toContainText("Run");
  await expect.poll(async () => (await gemini.asked()).at(-1)?.outcome).toBe("disconnected");
});

test("a follow-up carries the earlier turn from the server's log", async ({ chat, gemini }) => {
  await gemini.script({ text: ANSWER }, { text: "Nothing is embedded [1]." });
  await chat.askAndWait(QUESTION);
  await chat.askAndWait("And what does it cost?");
  const contents = (await gemini.asked()).at(-1)?.body.contents ?? [];
  expect(contents.map(({ role }) => role)).toEqual(["user", "model", "user"]);
  expect(contents[1]?.parts[0]?.text).toContain("becomes live");
});

test("what the model writes cannot load or run anything", async ({ chat, gemini, page }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await gemini.script({
    text: "See ![x](https://evil.test/a.png) [here](javascript:alert(1)) <img src=https://evil.test/b.png> <script>alert(1)</script> [1].",
  });
  await chat.askAndWait(QUESTION);
  await expect(chat.answer.locator("img, script, iframe")).toHaveCount(0);
  await expect(chat.answer.locator("a[href^=javascript]")).toHaveCount(0);
  expect(requests.filter((url) => url.includes("evil.test"))).toEqual([]);
});
