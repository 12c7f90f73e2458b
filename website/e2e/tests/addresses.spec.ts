/** Addresses that people guess lead somewhere, and one that leads nowhere helps. */

import { redirects } from "../../src/plain/redirects.js";
import { expect, test } from "../harness/fixtures.js";

const PAGES = ["/docs", "/docs/", "/docs/start", "/docs/use", "/docs/operate", "/docs/contribute", "/docs/next", "/de/docs/start", "/demo", "/demo/vite/", "/robots.txt", "/demo/vite/features", "/api", "/api/"];

test("guessed addresses are pages", async ({ page, plain }) => {
  for (const path of [...PAGES, ...redirects.flatMap(({ from }) => from)]) {
    expect((await page.request.get(plain.url + path)).status(), path).toBe(200);
  }
  await page.goto(`${plain.url}/quickstart`);
  await expect(page).toHaveURL(/\/docs\/start\/quick-start/);
});

test("an address that leads nowhere names the nearest pages, and offers to search", async ({ page, plain }) => {
  const response = await page.goto(`${plain.url}/docs/quick-strat`);
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("main").getByRole("link", { name: "Quick start" })).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("combobox")).toBeFocused();
});

test("a missing page of a translation speaks its language", async ({ page, plain }) => {
  expect((await page.goto(`${plain.url}/de/fehlt`))?.status()).toBe(404);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
});
