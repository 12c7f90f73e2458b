/** The pictures of the README and the docs, taken of the real thing: npm run pictures. */

import path from "node:path";
import { ROOT } from "../harness/program.js";
import { expect, test } from "../harness/fixtures.js";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 1280, height: 720 } });

    test("an answer beside its page", async ({ chat, page, plain }) => {
      test.skip(process.env.PICTURES === undefined, "PICTURES=1 takes them");
      await page.goto(`${plain.url}/docs/use/revisions`);
      await chat.open();
      await chat.askAndWait("How do I go back to an earlier revision?");
      await chat.marks.first().click();
      await expect(page.getByRole("heading", { name: "Go back to an earlier revision" }).first()).toBeInViewport();
      const name = colorScheme === "light" ? "screenshot.png" : "screenshot-dark.png";
      await page.screenshot({ path: path.join(ROOT, "website/static/img", name) });
    });
  });
}
