/** The search box: with the keyboard alone, the question as its last entry, and what it says when nothing answers. */

import { expect, test } from "../harness/fixtures.js";
import { openSearch } from "../harness/search.js";

test("⌘K finds pages as the reader types, and Enter goes there", async ({ page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await openSearch(page);
  const field = page.getByRole("combobox", { name: "Search the docs, or ask" });
  await expect(field).toBeFocused();
  await field.pressSequentially("quick sta");
  const first = page.getByRole("option", { selected: true });
  await expect(first).toContainText("Quick start");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/docs\/start\/quick-start/);
  await expect(field).toBeHidden();
});

test("the last entry asks the chat", async ({ chat, page, plain }) => {
  await page.goto(plain.url);
  await expect(chat.launcher).toBeVisible();
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("combobox").fill("How do I go back to an earlier revision?");
  await expect(page.getByRole("option").first()).toContainText("earlier revision");
  await expect(page.getByRole("option").last()).toBeInViewport();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(chat.turn.getByRole("heading", { name: "How do I go back to an earlier revision?" })).toBeVisible();
});

test("words that no page has are offered as a question", async ({ page, plain }) => {
  await page.goto(plain.url);
  await openSearch(page);
  await page.getByRole("combobox").fill("xqzwv");
  await expect(page.getByRole("status").filter({ hasText: "No page has these words" })).toBeVisible();
  await expect(page.getByRole("option")).toHaveText(["Askxqzwv"]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("combobox")).toBeHidden();
});

test("a search that fails leads to the chapters", async ({ page, plain }) => {
  await page.route("**/search", (route) => route.abort());
  await page.goto(plain.url);
  await openSearch(page);
  await page.getByRole("combobox").fill("roll back");
  await page.getByRole("dialog", { name: "Search" }).getByRole("link", { name: "Operate" }).click();
  await expect(page).toHaveURL(/\/docs\/operate$/);
});
