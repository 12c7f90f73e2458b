/** The plugin on a site with two docs plugins, two versions, two languages, a blog, and pages that are not for everyone. */

import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Chat } from "../harness/chat.js";
import { BASE, Editions, ORIGIN } from "../harness/editions.js";
import { expect, test as base } from "../harness/fixtures.js";

const test = base.extend<object, { editions: Editions }>({
  editions: [
    async ({}, use) => {
      const editions = await Editions.build();
      await use(editions);
      await editions.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

interface Described {
  file: string;
  url: string;
  version: string;
  contentLanguage: string;
  unlisted: boolean;
}

async function pages(editions: Editions, folder: string): Promise<string[]> {
  const manifest = JSON.parse(await editions.read(`${folder}docs-manifest.json`)) as { pages: Described[] };
  return manifest.pages
    .map(({ url, version, contentLanguage, unlisted }) =>
      [url.slice(BASE.length), version || "-", contentLanguage, ...(unlisted ? ["unlisted"] : [])].join(" "),
    )
    .sort();
}

test("the manifests name the pages of all plugins, versions and languages, and no drafts", async ({ editions }) => {
  test.setTimeout(200_000);
  expect(await pages(editions, "")).toEqual([
    " - en",
    "about - en",
    "api - en",
    "api/hidden - en unlisted",
    "blog/2026/01/05/news - en",
    "blog/2026/01/06/secret - en unlisted",
    "docs/guides 1.0 en",
    "docs/guides/archive 1.0 en",
    "docs/guides/restore 1.0 en",
    "docs/hidden 1.0 en unlisted",
    "docs/intro 1.0 en",
    "docs/next/guides current en",
    "docs/next/guides/archive current en",
    "docs/next/guides/restore current en",
    "docs/next/hidden current en unlisted",
    "docs/next/intro current en",
    "partners - en unlisted",
  ]);
});

test("a translation may be a draft or unlisted, or the only page that is not", async ({ editions }) => {
  const [english, german] = [await pages(editions, ""), await pages(editions, "de/")];
  const address = (page: string): string => page.split(" ")[0]!.replace(/^de\//, "");
  const missing = english.map(address).filter((page) => !german.map(address).includes(page));
  expect(missing).toEqual(["about", "docs/guides/archive"]);
  expect(german).toHaveLength(english.length - 2);
  expect(german.filter((page) => / de\b/.test(page))).toEqual([
    "de/ - de",
    "de/api - de",
    "de/api/hidden - de",
    "de/blog/2026/01/05/news - de unlisted",
    "de/docs/intro 1.0 de",
  ]);
  expect(await editions.read("de/llms.txt")).toContain(`${ORIGIN}${BASE}de/api/hidden.md`);
});

/** The links of an llms.txt by section; throws where it departs from https://llmstxt.org. */
function sections(text: string): Map<string, { title: string; url: string; description: string }[]> {
  const [intro, ...rest] = text.split(/^## /m);
  expect(intro).toMatch(/^# .+\n\n> .+\n\n(?:[^#>\n].*\n\n)*$/);
  return new Map(
    rest.map((section) => {
      const [title, ...lines] = section.trimEnd().split("\n");
      const links = lines.filter((line) => line !== "").map((line) => /^- \[((?:[^\]\\]|\\.)+)\]\(([^()\s]+)\)(?:: (.+))?$/.exec(line));
      return [title!, links.map((link) => ({ title: link![1]!, url: link![2]!, description: link![3] ?? "" }))];
    }),
  );
}

for (const [folder, titles] of [
  ["", ["Docs", "Guides", "api: Docs", "Optional", "Other versions and languages"]],
  ["docs/next/", ["Docs", "Guides"]],
  ["de/", ["Docs", "Anleitungen", "api: Docs", "Other versions and languages"]],
  ["de/docs/next/", ["Docs", "Guides"]],
] as const) {
  test(`${folder}llms.txt follows the sidebars, and every link leads to a file`, async ({ editions }) => {
    const found = sections(await editions.read(`${folder}llms.txt`));
    expect([...found.keys()]).toEqual(titles);
    for (const { url } of [...found.values()].flat()) {
      expect(url).toContain(ORIGIN + BASE);
      expect((await editions.read(url.slice((ORIGIN + BASE).length))).length, url).toBeGreaterThan(20);
    }
  });
}

test("the pages of a chapter stand in the order of the sidebar, with their descriptions", async ({ editions }) => {
  const found = sections(await editions.read("llms.txt"));
  expect(found.get("Guides")?.map(({ title }) => title)).toEqual(["All guides", "Restore", "Archive"]);
  expect(found.get("Docs")).toEqual([
    { title: "Welcome to Kestrel", url: `${ORIGIN}${BASE}docs/intro.md`, description: "What Kestrel keeps, and for how long." },
  ]);
});

test("a page's Markdown holds what readers see, whichever component made it", async ({ editions }) => {
  expect(await editions.read("docs/intro.md")).toBe(`# Welcome to Kestrel

Archives are kept for **20 days**. See [how to restore](${ORIGIN}${BASE}docs/guides/restore#restore-an-archive).

Everything below \`/srv\` is copied, *once* an hour.

> **Before you begin**
>
> Stop the service.

**Debian**

**As root**

\`\`\`bash
apt install kestrel
kestrel init --dir /srv
\`\`\`

**macOS**

Run \`brew install kestrel\`.

| Option | Default |
| - | - |
| \`--keep a\\|b\` | 30 |

**Limits**

1. One archive at a time
2. Names like snake_case_name stay
`);
});

test("llms-full.txt holds the pages of its version with their addresses, and its size is said", async ({ editions }) => {
  const [last, next] = [await editions.read("llms-full.txt"), await editions.read("docs/next/llms-full.txt")];
  expect([last.includes("20 days"), last.includes("30 days")]).toEqual([true, false]);
  expect([next.includes("20 days"), next.includes("30 days")]).toEqual([false, true]);
  expect(last).toContain(`Source: ${ORIGIN}${BASE}docs/guides/restore\n\n# Restore`);
  expect(editions.printed).toContain(`"llms-full.txt" for locale en: ${(Buffer.byteLength(last) / 1000).toFixed(1)} kB`);
});

test("what is unlisted or a draft is in none of these files", async ({ editions }) => {
  const files = [...(await editions.files(".md")), ...(await editions.files("llms.txt")), ...(await editions.files("llms-full.txt"))];
  for (const file of files) {
    const text = await editions.read(file);
    expect(text, file).not.toMatch(/those who have the address|Not said yet|secret|partners/i);
    // In German the one of the API is not.
    expect(text, file).not.toMatch(file.startsWith("de/") ? /docs\/\S*hidden/i : /hidden/i);
  }
});

test("the navbar's item opens the chat, by keyboard as well, in the language of the page", async ({ editions, page }) => {
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}de/docs/intro`);
  const chat = new Chat(page, "de");
  await expect(chat.launcher).toBeVisible();
  await page.getByRole("navigation").getByRole("button", { name: "KI fragen" }).press("Enter");
  await expect(chat.field).toBeFocused();
});

test("on a phone the item stands in the menu", async ({ chat, editions, page }) => {
  await page.setViewportSize({ width: 375, height: 667 });
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/intro`);
  await expect(chat.launcher).toBeVisible();
  await page.getByRole("button", { name: "Toggle navigation bar" }).click();
  await page.getByRole("button", { name: "Back to main menu" }).click();
  const item = page.locator(".navbar-sidebar").getByRole("button", { name: "Ask AI" });
  await expect(item).toBeInViewport();
  expect((await item.boundingBox())?.height).toBeGreaterThan(24);
  await item.click();
  await expect(chat.field).toBeVisible();
});

test("below each doc a line leads to the chat, with that page, also after navigation", async ({ chat, editions, page }) => {
  const faults: string[] = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/intro`);
  const ask = page.getByRole("article").getByRole("button", { name: "Ask about this page" });
  await expect(ask).toHaveCount(1);
  await page.getByRole("article").getByRole("link", { name: "how to restore" }).click();
  await expect(page.getByRole("heading", { name: "Restore", exact: true })).toBeVisible();
  await expect(ask).toHaveCount(1);
  await expect(page.locator("article > :last-child")).toHaveText("Was your question answered? Ask about this page");
  // Colours are those of the theme's own links, whose default is too pale for axe.
  const axe = new AxeBuilder({ page }).include(".askdocs-footer").include(".askdocs-navbar").disableRules("color-contrast");
  expect((await axe.analyze()).violations).toEqual([]);
  expect(faults).toEqual([]);
  // Not a page of the docs, from which readers come back to one.
  await page.getByRole("link", { name: "Kestrel", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Kestrel" })).toBeVisible();
  await expect(ask).toHaveCount(0);
  await page.goBack();
  await ask.click();
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().startsWith("http://127.0.0.1:9/"));
  await chat.field.fill("How long does it take?");
  await chat.field.press("Enter");
  expect((await asked).postDataJSON()).toMatchObject({ page: { url: `${ORIGIN}${BASE}docs/guides/restore` }, version: "1.0" });
});

test("a block of code goes along with the next question, which its reader writes", async ({ chat, editions, page }) => {
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/intro`);
  const asks = page.locator(".theme-code-block").getByRole("button", { name: "Ask about this code" });
  await expect(asks).toHaveCount(1);
  await expect(asks).toHaveAccessibleName("Ask about this code: As root");
  const axe = new AxeBuilder({ page }).include(".theme-code-block").disableRules("color-contrast");
  expect((await axe.analyze()).violations).toEqual([]);
  // The button is there for the keyboard, in view only with its focus or under a pointer, as the theme's own are.
  await asks.focus();
  await expect(asks).toHaveCSS("opacity", "1");
  await asks.press("Enter");
  const about = chat.dialog.locator(".composer .about");
  await expect(about).toHaveText("apt install kestrel\nkestrel init --dir /srv");
  await expect(chat.field).toBeFocused();
  await expect(chat.turns).toHaveCount(0);
  const asked = page.waitForRequest((made) => made.method() === "POST" && made.url().startsWith("http://127.0.0.1:9/"));
  await page.keyboard.type("Why as root?");
  await page.keyboard.press("Enter");
  const excerpt = { text: "apt install kestrel\nkestrel init --dir /srv", language: "bash" };
  expect((await asked).postDataJSON()).toMatchObject({ question: "Why as root?", excerpt });
  await expect(about).toHaveCount(0);
  await expect(chat.turn.locator(".about")).toHaveText(excerpt.text);
  await chat.over();
  // A page that comes later has its buttons too, also in what is folded.
  await page.getByRole("article").getByRole("link", { name: "how to restore" }).click();
  await expect(page.getByRole("heading", { name: "Restore", exact: true })).toBeVisible();
  await expect(page.locator(".theme-code-block .askdocs-code")).toHaveCount(2);
  await page.getByText("By hand").click();
  await page.locator(".theme-code-block.language-js").hover();
  await expect(asks.last()).toHaveAccessibleName("Ask about this code: js");
  await asks.last().click();
  await expect(about).toHaveText('unpack("archive");');
});

test("an empty chat offers what the page's front matter says, else its sections", async ({ chat, editions, page }) => {
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/guides/restore`);
  await chat.open();
  const starters = chat.dialog.getByRole("list", { name: "Suggested questions" }).getByRole("button");
  await expect(starters).toHaveText(["Tell me more about “Restore an archive” in “Restore”."]);
  await page.getByRole("link", { name: "Archive", exact: true }).click();
  await expect(starters).toHaveText(["What is a snapshot?"]);
  await page.goBack();
  await expect(starters).toHaveText(["Tell me more about “Restore an archive” in “Restore”."]);
  await page.goForward();
  const words = sent(page);
  await starters.getByText("What is a snapshot?").click();
  expect(await words).toBe("What is a snapshot?");
});

test("a link to #ask opens the chat on the page that is there, as often as it is followed", async ({ chat, editions, page }) => {
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/guides/restore`);
  const link = page.getByRole("link", { name: "Ask the docs" });
  await link.click();
  await expect(chat.field).toBeFocused();
  await expect(page).toHaveURL(/\/restore$/);
  await chat.field.press("Escape");
  await expect(chat.field).toBeHidden();
  await link.press("Enter");
  await expect(chat.field).toBeFocused();
});

/** The question that the chat sends next. */
async function sent(page: Page): Promise<unknown> {
  const request = await page.waitForRequest((made) => made.method() === "POST" && made.url().startsWith("http://127.0.0.1:9/"));
  return (request.postDataJSON() as { question: string }).question;
}

test("a local search offers to ask its words, by pointer and keyboard, also where it found nothing", async ({ chat, editions, page }) => {
  await editions.serveTo(page);
  await page.goto(`${ORIGIN}${BASE}docs/intro`);
  const field = page.getByLabel("Search", { exact: true });
  await field.pressSequentially("restore");
  await expect(page.getByRole("option", { name: "Restore an archive" })).toBeVisible();
  const offer = page.getByRole("option", { name: "Ask AI about “restore”" });
  await expect(offer).toBeVisible();
  await field.fill("xqzwv");
  await expect(page.getByText("No results")).toBeVisible();
  const words = sent(page);
  await page.getByRole("option", { name: "Ask AI about “xqzwv”" }).click();
  expect(await words).toBe("xqzwv");
  await expect(offer).toBeHidden();
  await expect(chat.field).toBeFocused();
  await chat.over();
  await field.fill("restore");
  await expect(offer).toBeVisible();
  const again = sent(page);
  await field.press("Alt+Enter");
  expect(await again).toBe("restore");
  await expect(page).toHaveURL(/docs\/intro$/);
});

test("DocSearch offers it above its results, and makes way for the chat", async ({ chat, editions, page }) => {
  await editions.serveTo(page);
  const hierarchy = { lvl0: "Guides", lvl1: "Restore" };
  const hit = { objectID: "1", url: `${ORIGIN}${BASE}docs/guides/restore`, type: "lvl1", hierarchy };
  const headers = { "access-control-allow-origin": "*" };
  await page.route(/algolia/, (route) => route.fulfill({ headers, json: { results: [{ hits: [hit], nbHits: 1 }] } }));
  await page.goto(`${ORIGIN}${BASE}docs/intro`);
  await page.addScriptTag({ path: path.join(import.meta.dirname, "..", "node_modules/@docsearch/js/dist/umd/index.js") });
  await page.evaluate(() => {
    const { docsearch } = window as unknown as { docsearch: (options: object) => void };
    docsearch({ container: document.querySelector(".navbar__items--right"), appId: "A", apiKey: "k", indexName: "kestrel" });
  });
  await page.locator(".DocSearch-Button").click();
  await page.locator(".DocSearch-Input").pressSequentially("restore");
  await expect(page.locator(".DocSearch-Modal").getByRole("option", { name: "Restore" })).toBeVisible();
  const offer = page.getByRole("button", { name: "Ask AI about “restore”" });
  // DocSearch draws its results before what it does not know.
  await expect(page.locator(".DocSearch-SearchBar + .askdocs-search")).toHaveCount(1);
  expect((await new AxeBuilder({ page }).include(".askdocs-search").disableRules("color-contrast").analyze()).violations).toEqual([]);
  const words = sent(page);
  await offer.click();
  expect(await words).toBe("restore");
  await expect(page.locator(".DocSearch-Modal")).toHaveCount(0);
  await expect(chat.field).toBeFocused();
});

test("an old site's addresses have their slashes, MDX 1 is read, and the text files stay where they are", async ({ editions, page }) => {
  test.setTimeout(120_000);
  const old = await Editions.build({ old: true, locale: "en" });
  try {
    const slashed = (page: string): string => page.replace(/^(\S+) /, "$1/ ");
    const english = [...(await pages(editions, "")), "api/mdx1 - en"];
    expect(await pages(old, "")).toEqual(english.map(slashed).sort());
    const files = [...(await editions.files(".md")).filter((file) => !file.startsWith("de/")), "api/mdx1.md"];
    expect(await old.files(".md")).toEqual(files.sort());
    expect(await old.read("docs/intro.md")).toContain(`${ORIGIN}${BASE}docs/guides/restore/#restore-an-archive`);
    expect(await old.read("api/mdx1.md")).toBe("# Limits\n\n## Calls\n\nA hundred calls an hour.\n");
    // Its search is an older one as well: docusaurus-lunr-search.
    await old.serveTo(page);
    await page.goto(`${ORIGIN}${BASE}docs/intro/`);
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    const field = page.getByRole("combobox", { name: "Search" });
    await field.pressSequentially("restore");
    const offer = page.getByRole("option", { name: "Ask AI about “restore”" });
    await expect(offer).toHaveCSS("background-color", "rgb(36, 37, 38)");
    await field.fill("xqzwv");
    await expect(page.getByText("No results found")).toBeVisible();
    const words = sent(page);
    await page.getByRole("option", { name: "Ask AI about “xqzwv”" }).click();
    expect(await words).toBe("xqzwv");
    await expect(page.getByText("No results found")).toBeHidden();
  } finally {
    await old.remove();
  }
});

test("a wrong option stops the build and says what it may be", async () => {
  const building = Editions.build({ locale: "en", options: { search: { label: "Ask" } } });
  await expect(building).rejects.toThrow('"search.label" must hold {words}, which stands for what was typed');
});
