import { Chat } from "../harness/chat.js";
import { expect, test } from "../harness/fixtures.js";

const PLANS = "Which uploads and protocols does the roadmap plan?";

async function paths(chat: Chat): Promise<string[]> {
  const hrefs = await chat.sources.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).pathname));
  return hrefs;
}

test("the next version's docs answer on its pages", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/next/start/this-version`);
  await chat.open();
  await chat.askAndWait(PLANS);
  const found = await paths(chat);
  expect(found).toContain("/docs/next/contribute/roadmap");
  expect(found.every((path) => path.startsWith("/docs/next") || path === "/")).toBe(true);
});

test("the released version knows nothing of the next one", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/this-version`);
  await chat.open();
  await chat.askAndWait(PLANS);
  expect((await paths(chat)).filter((path) => path.startsWith("/docs/next"))).toEqual([]);
});

test("a page without a version is answered from the released one", async ({ chat, page, plain }) => {
  await page.goto(plain.url);
  await chat.open();
  await chat.askAndWait("How do I go back to an earlier revision?");
  const found = await paths(chat);
  expect(found).toContain("/docs/use/revisions");
  expect(found.filter((path) => path.startsWith("/docs/next") || path.startsWith("/de/"))).toEqual([]);
});

test("German pages are answered from German pages", async ({ page, plain }) => {
  const chat = new Chat(page, "de");
  await page.goto(`${plain.url}/de/docs/start/quick-start`);
  await chat.open();
  await chat.askAndWait("Wo liegt alles, was ein Lauf anlegt?");
  const found = await paths(chat);
  expect(found).toContain("/de/docs/start/quick-start");
  expect(found.every((path) => path.startsWith("/de/"))).toBe(true);
  await expect(chat.answer).toContainText(/\.askdocs/);
});

test("the version follows the reader from page to page", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/this-version`);
  await expect(chat.host).toHaveAttribute("version", "0.1.0");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Askdocs" }).click();
  await expect(chat.host).toHaveAttribute("version", "");
  await page.goto(`${plain.url}/docs/next/start/this-version`);
  await expect(chat.host).toHaveAttribute("version", "current");
  await expect(chat.host).toHaveAttribute("version-label", "Next");
  await expect(page.locator("body > askdocs-chat")).toHaveCount(1);
});
