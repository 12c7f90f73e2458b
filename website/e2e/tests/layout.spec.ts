import { expect, test } from "../harness/fixtures.js";

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the chat fills the screen and answers", async ({ chat, page, plain }, info) => {
    await page.goto(`${plain.url}/docs/start/what-it-is`);
    await chat.open();
    await chat.askAndWait("How do I go back to an earlier revision?");
    await expect(chat.marks.first()).toBeVisible();
    const box = await chat.dialog.boundingBox();
    expect(box?.width).toBe(390);
    expect(box?.height).toBeGreaterThan(780);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: info.outputPath("phone.png") });
    await chat.dialog.getByRole("button", { name: "Close" }).click();
    await expect(chat.dialog).toBeHidden();
  });

  test("the field's letters are large enough that phones do not zoom", async ({ chat, page, plain }) => {
    await page.goto(`${plain.url}/docs/start/what-it-is`);
    await chat.open();
    const size = await chat.field.evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
    expect(size).toBeGreaterThanOrEqual(16);
  });
});

test("the page beside the open chat stays usable", async ({ chat, page, plain }, info) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
  await page.screenshot({ path: info.outputPath("desktop.png") });
  await page.getByRole("link", { name: "Quick start" }).first().click();
  await expect(page).toHaveURL(/quick-start/);
  await expect(chat.dialog).toBeVisible();
});

test("the chat follows the site's colour mode", async ({ chat, page, plain }, info) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await expect(chat.host).toHaveAttribute("theme", "dark");
  await chat.open();
  await page.screenshot({ path: info.outputPath("dark.png") });
  const dark = await chat.dialog.evaluate((dialog) => getComputedStyle(dialog).backgroundColor);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "light"));
  await expect(chat.host).toHaveAttribute("theme", "light");
  await expect.poll(() => chat.dialog.evaluate((dialog) => getComputedStyle(dialog).backgroundColor)).not.toBe(dark);
});
