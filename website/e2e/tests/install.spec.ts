/** Askdocs as others get it: the packed files in a fresh environment and a fresh site, away from this repository. */

import { expect } from "../harness/fixtures.js";
import { test } from "../harness/installed.js";

test("a fresh Docusaurus site gets the chat by the commands of the docs", async ({ chat, installation, page }) => {
  test.setTimeout(240_000);
  const site = await installation.createProject("handbook", "docusaurus");
  await site.linkPackages();
  const plugin = await installation.packed("docusaurus-plugin-askdocs");
  await site.run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", plugin]);
  const printed = await site.run("askdocs", ["site", "add", "handbook", "--origin", "http://localhost:3000"]);
  const key = /pk_[\w-]+/.exec(printed)?.[0] ?? "";
  await site.edit("docusaurus.config.mjs", (text) =>
    text.replace("  plugins: [", `  plugins: [\n    ["docusaurus-plugin-askdocs", { siteKey: "${key}" }],\n    `),
  );
  await site.run("npm", ["run", "build"]);
  await site.run("askdocs", ["index", "build", "--site", "handbook"]);
  const backend = await site.serve({ PORT: "0", ASKDOCS_SERVER__SITE_DIR: "build" });
  try {
    const widget = await fetch(`${backend.url}/widget/askdocs.js`);
    expect([widget.status, await widget.text()]).toEqual([200, expect.stringContaining("customElements")]);

    await page.goto(backend.url);
    await chat.open();
    await chat.askAndWait("How do I restore an archive?");
    await expect(chat.answer).toContainText("kestrel restore ARCHIVE");
    await chat.marks.first().click();
    await page.waitForURL(/\/guides\/backups\/?#restore-an-archive/);
    await expect(page.locator("#restore-an-archive")).toBeInViewport();
  } finally {
    await backend.stop();
  }
});
