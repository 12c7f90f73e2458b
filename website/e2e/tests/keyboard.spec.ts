import type { Page } from "@playwright/test";
import { expect, test } from "../harness/fixtures.js";

/** Goes back with Shift+Tab until what has the focus has this name. */
async function tabBackTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Shift+Tab");
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) {
        element = element.shadowRoot.activeElement;
      }
      return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    });
    if (name.test(focused)) {
      return;
    }
  }
  throw new Error(`Shift+Tab never came to ${name}`);
}

test("everything can be done without a mouse", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.launcher.focus();
  await page.keyboard.press("Enter");
  await expect(chat.field).toBeFocused();

  await page.keyboard.type("How do I go back to an earlier revision?");
  await page.keyboard.press("Enter");
  await chat.over();
  await tabBackTo(page, /^Source 1/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/use\/revisions/);
});

test("Escape closes the chat and gives the focus back", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.launcher.focus();
  await page.keyboard.press("Enter");
  await expect(chat.field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(chat.dialog).toBeHidden();
  await expect(chat.launcher).toBeFocused();
});

test("Escape stops an answer before it closes the chat", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: "And so on. ".repeat(200), pause: 0.1 });
  await page.goto(`${withGemini.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.ask("How do I go back to an earlier revision?");
  await expect(chat.answer).toContainText("And so on");
  await page.keyboard.press("Escape");
  await chat.over();
  await expect(chat.dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(chat.dialog).toBeHidden();
});

test("the shortcut opens and closes the chat", async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await expect(chat.launcher).toBeVisible();
  await page.keyboard.press("Control+i");
  await expect(chat.field).toBeFocused();
  await page.keyboard.press("Control+i");
  await expect(chat.dialog).toBeHidden();
});
