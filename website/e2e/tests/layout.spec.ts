import { expect, test } from "../harness/fixtures.js";

test.describe("on a phone", () => {
  test.use({ viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });

  test("the chat fills the screen and answers, and the answer's first words are in view", async ({ chat, page, plain }, info) => {
    await page.goto(`${plain.url}/docs/start/what-it-is`);
    await chat.open();
    await chat.askAndWait("How do I go back to an earlier revision?");
    await expect(chat.marks.first()).toBeVisible();
    const box = await chat.dialog.boundingBox();
    expect(box?.width).toBe(375);
    expect(box?.height).toBeGreaterThan(600);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await expect(chat.answer.locator("p").first()).toBeInViewport({ ratio: 1 });
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
  await page.getByRole("button", { name: "Switch between dark and light mode" }).click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "0.1.0" }).hover();
  await page.getByRole("link", { name: "Next", exact: true }).click();
  await expect(page).toHaveURL(/\/next\//);
  await page.getByRole("link", { name: "Quick start" }).first().click();
  await expect(page).toHaveURL(/quick-start/);
  await expect(chat.dialog).toBeVisible();
});

test("the chat follows the site's colour mode", async ({ chat, page, plain }, info) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await expect(chat.host).toHaveCSS("color-scheme", "dark");
  await chat.open();
  await page.screenshot({ path: info.outputPath("dark.png") });
  const dark = await chat.dialog.evaluate((dialog) => getComputedStyle(dialog).backgroundColor);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "light"));
  await expect(chat.host).toHaveCSS("color-scheme", "light");
  await expect.poll(() => chat.dialog.evaluate((dialog) => getComputedStyle(dialog).backgroundColor)).not.toBe(dark);
});

/** Puts all style sheets but the plugin's into a cascade layer, as the classic preset does with `future.v4`. */
function layTheme(): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")) {
    const rules = Array.from(link.sheet?.cssRules ?? [], ({ cssText }) => cssText);
    const isOurs = (rule: string): boolean => rule.includes("data-askdocs");
    const style = document.createElement("style");
    style.textContent = `@layer theme {${rules.filter((rule) => !isOurs(rule)).join("\n")}}\n${rules.filter(isOurs).join("\n")}`;
    link.replaceWith(style);
  }
}

for (const layer of [false, true]) {
  test(`an article takes the room that the open chat leaves, with the theme's styles ${layer ? "in a cascade layer" : "as they are"}`, async ({ chat, page, plain }, info) => {
    await page.goto(`${plain.url}/docs/use/revisions`);
    if (layer) {
      await page.evaluate(layTheme);
    }
    await chat.open();
    const room = await page.locator("main .row").first().boundingBox();
    const article = await page.locator("main .row > .col").first().boundingBox();
    expect(article?.width).toBe(room?.width);
    const panel = await chat.dialog.boundingBox();
    expect((room?.x ?? 0) + (room?.width ?? 0)).toBeLessThanOrEqual(panel?.x ?? 0);
    await page.screenshot({ path: info.outputPath("room.png") });
  });
}

test("in a right-to-left page the open chat stands at the left, and the article beside it", async ({ chat, page, plain }, info) => {
  await page.goto(`${plain.url}/docs/use/revisions`);
  await expect(chat.launcher).toBeVisible(); // Docusaurus has written the direction itself.
  await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
  await chat.open();
  const [panel, article] = [await chat.dialog.boundingBox(), await page.locator("main .row > .col").first().boundingBox()];
  expect(panel?.x).toBe(20);
  expect(article?.x).toBeGreaterThanOrEqual((panel?.x ?? 0) + (panel?.width ?? 0));
  await page.screenshot({ path: info.outputPath("rtl.png") });
});

test("a click that comes before the widget's script opens the chat once it is there", async ({ chat, page, plain }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/askdocs.js", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/askdocs.js");
  await page.goto(plain.url);
  await asked;
  await page.getByRole("button", { name: "Ask it live" }).click();
  release();
  await expect(chat.turn.getByRole("heading")).toBeVisible();
});

test("a docked chat stands at the side of the page, and nothing of the page lies below it", async ({ chat, page, plain }, info) => {
  await page.goto(`${plain.url}/docs/use/revisions`);
  await expect(chat.launcher).toBeVisible();
  await chat.host.evaluate((host) => host.setAttribute("layout", "docked"));
  await chat.open();
  await expect(chat.dialog.getByRole("separator")).toHaveAttribute("aria-valuenow", "440");
  const [panel, bar, article] = await Promise.all([chat.dialog, page.locator(".navbar"), page.locator("main .row").first()].map((each) => each.boundingBox()));
  expect(panel).toMatchObject({ x: 840, y: 0, height: 800 });
  expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(840);
  expect((article?.x ?? 0) + (article?.width ?? 0)).toBeGreaterThan(800); // It has all the room that is left.
  await page.screenshot({ path: info.outputPath("docked.png") });
});
