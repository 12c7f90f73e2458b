/** The site's search, opened as readers do who know it. */

import type { Page } from "@playwright/test";

/** Keys are heard once the page's scripts run, which also put the chat there. */
export async function openSearch(page: Page): Promise<void> {
  await page.locator("body > askdocs-chat").waitFor({ state: "attached" });
  await page.keyboard.press("Control+k");
}
