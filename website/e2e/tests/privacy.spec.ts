import { expect, test } from "../harness/fixtures.js";

test("no request leaves the site", async ({ chat, page, plain }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(plain.url);
  // The landing page shows what a number leads to without leaving; any other page goes there.
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.askAndWait("How do I go back to an earlier revision?");
  await chat.marks.first().click();
  await page.waitForURL(/use\/revisions/);
  const foreign = requests.filter((url) => !url.startsWith(plain.url) && !url.startsWith("data:"));
  expect(requests.length).toBeGreaterThan(5);
  expect(foreign).toEqual([]);
});

test("no cookie is set", async ({ chat, context, page, plain }) => {
  await page.goto(plain.url);
  await chat.open();
  await chat.askAndWait("How do I go back to an earlier revision?");
  expect(await context.cookies()).toEqual([]);
});

test("pages load the chat's panel only when somebody reaches for it", async ({ chat, page, plain }) => {
  const panels: string[] = [];
  page.on("request", (request) => request.url().includes("/panel-") && panels.push(request.url()));
  await page.goto(plain.url);
  await expect(chat.launcher).toBeVisible();
  expect(panels).toEqual([]);
  await chat.launcher.hover();
  await expect.poll(() => panels.length).toBe(1);
});
