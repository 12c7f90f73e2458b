/** The pictures of the README and the docs, taken of the real thing: npm run pictures. */

import path from "node:path";
import { ROOT } from "../harness/program.js";
import { expect, test } from "../harness/fixtures.js";

const QUESTION = "How do I go back to an earlier revision?";
const picture = (name: string): string => path.join(ROOT, "website/static/img", name);

test.skip(process.env.PICTURES === undefined, "PICTURES=1 takes them");

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 1280, height: 720 } });

    test("an answer beside its page", async ({ chat, page, plain }) => {
      await page.goto(`${plain.url}/docs/use/revisions`);
      await chat.open();
      await chat.askAndWait(QUESTION);
      await chat.marks.first().click();
      await expect(page.getByRole("heading", { name: "Go back to an earlier revision" }).first()).toBeInViewport();
      await page.screenshot({ path: picture(colorScheme === "light" ? "screenshot.png" : "screenshot-dark.png") });
    });
  });
}

test.describe("details", () => {
  test.use({ viewport: { width: 1280, height: 720 } });

  test("where a mark leads", async ({ chat, page, plain }) => {
    await page.goto(`${plain.url}/docs/use/revisions`);
    await chat.open();
    await chat.askAndWait(QUESTION);
    await chat.marks.first().hover();
    await expect(chat.dialog.locator(".preview")).toBeVisible();
    await chat.dialog.screenshot({ path: picture("chat-preview.png") });
  });

  test("a question about a part of the page", async ({ chat, page, plain }) => {
    await page.goto(`${plain.url}/docs/use/revisions`);
    await expect(chat.launcher).toBeVisible(); // It listens from then on.
    await page.locator("article p").first().click({ clickCount: 3 });
    await chat.host.getByRole("button", { name: "Ask about this text" }).click();
    await chat.field.fill("Where are these kept?");
    await chat.dialog.screenshot({ path: picture("chat-excerpt.png") });
  });
});
