import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, openBrowser, openSite, visit, type Site } from "./site.js";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await openSite();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  site.close();
});

function files(requests: string[]): string[] {
  return requests.map((url) => new URL(url).pathname).filter((path) => path.startsWith("/widget/"));
}

describe("a suspicious site", () => {
  const script = (): string => `<script src="/widget/askdocs.js" data-site-key="pk_suspicious"></script>`;

  test.each(["/", "/strict/"])("answers a reader of %s, who notices nothing", async (where) => {
    const suspicious = await openSite(script);
    const { page, requests } = await visit(browser, suspicious.url + where);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor();
    expect(suspicious.recorded.map(({ path, reader }) => `${path.split("/").at(-1)} ${reader ?? ""}`)).toEqual([
      "chat ", "session ", "session ", "chat r1.session",
    ]);
    expect(await page.locator("[part=error]").count()).toBe(0);
    // A policy that admits no script's address admits no worker: it is solved on the page.
    expect(files(requests).includes("/widget/solver.js")).toBe(where === "/");
    suspicious.close();
  });

  test("is no trouble where the worker cannot be had", async () => {
    const suspicious = await openSite(script);
    suspicious.missing.set("/widget/solver.js", 9);
    const { page } = await visit(browser, suspicious.url);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor();
    suspicious.close();
  });
});

describe("loading", () => {
  test("a page pays for the loader alone until somebody reaches for the chat", async () => {
    const { page, requests } = await visit(browser, site.url);
    await page.locator("[part=launcher]").waitFor();
    expect(files(requests)).toEqual(["/widget/askdocs.js"]);
    const panel = page.waitForRequest(/panel-/);
    await page.locator("[part=launcher]").hover();
    await panel;
    expect(files(requests)).toHaveLength(2);
  });

  test("nothing is asked of anybody but the site", async () => {
    const { page, requests } = await visit(browser, site.url);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    expect(requests.filter((url) => !url.startsWith(site.url) && !url.startsWith("data:"))).toEqual([]);
  });

  test("a loader that is older than the site finds the site's panel all the same", async () => {
    const { page, requests } = await visit(browser, "about:blank");
    await page.route("**/askdocs.js", async (route) => {
      const body = await (await route.fetch()).text();
      await route.fulfill({ body: body.replace(/panel-[\w-]+\.js/, "panel-GONE0000.js"), contentType: "text/javascript" });
    });
    await page.goto(site.url);
    await page.locator("[part=launcher]").click();
    await page.locator("[part=input]").waitFor();
    expect(files(requests).slice(0, 3)).toEqual(["/widget/askdocs.js", "/widget/panel-GONE0000.js", "/widget/panel.js"]);
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor(); // The extras find their panel too.
  });

  test("a panel that could not be loaded is asked for again at the next press", async () => {
    const { page } = await visit(browser, site.url);
    const heard = page.evaluate(
      () => new Promise((resolve) => document.addEventListener("askdocs:error", (event) => resolve((event as CustomEvent<{ code: string }>).detail.code))),
    );
    const { panel } = (await (await fetch(`${site.url}/widget/manifest.json`)).json()) as { panel: string };
    site.missing.set(`/widget/${panel}`, 1);
    site.missing.set("/widget/panel.js", 1);
    await page.locator("[part=launcher]").dispatchEvent("click");
    expect(await heard).toBe("load");
    expect(await page.locator("[part=launcher]").textContent()).toBe("⚠ Ask the docs");
    await page.locator("[part=launcher]").dispatchEvent("click");
    await page.locator("[part=input]").waitFor();
  });

  test("a link may bring a question along: it stands in the field, is not sent, and leaves the address", async () => {
    const { page } = await visit(browser, `${site.url}/docs?ask=How+%26+why%3F&x=1#install`);
    await expect.poll(() => page.locator("[part=input]").inputValue()).toBe("How & why?");
    expect(page.url()).toBe(`${site.url}/docs?x=1#install`);
    expect(site.recorded).toEqual([]);
    await page.locator("[part=input]").press("Enter");
    await page.locator("[part=turn][aria-busy=false]").waitFor();
    expect(site.recorded[0]).toMatchObject({ body: { question: "How & why?" } });
  });

  test("text that is selected on the page can be asked about, also before anything but the loader was loaded", async () => {
    const { page } = await visit(browser, site.url);
    await page.locator("main p", { hasText: "make setup" }).click({ clickCount: 3 });
    await page.getByRole("button", { name: "Ask about this text" }).click();
    const field = page.locator("[part=input]");
    expect(await page.locator(".composer [part=excerpt]").innerText()).toBe("Run make setup once; it leaves askdocs in .venv/bin.");
    expect(await field.evaluate((element) => element.matches(":focus"))).toBe(true);
    await page.keyboard.type("Why once?");
    await page.keyboard.press("Enter");
    await page.locator("[part=turn][aria-busy=false]").waitFor();
    expect(site.recorded[0]).toMatchObject({ body: { question: "Why once?", excerpt: { text: "Run make setup once; it leaves askdocs in .venv/bin." } } });
    expect(await page.locator("[part=ask-selection]").count()).toBe(0);
  });

  test("what is selected and too long is cut, and the offer goes with the selection", async () => {
    const { page } = await visit(browser, site.url);
    await page.locator("[part=launcher]").hover();
    await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector("main")!));
    const offer = page.getByRole("button", { name: "Ask about this text" });
    await offer.waitFor();
    await page.evaluate(() => getSelection()!.removeAllRanges());
    await offer.waitFor({ state: "detached" });
    await page.evaluate(() => {
      const code = document.querySelector("main")!.appendChild(document.createElement("pre"));
      code.textContent = "make ```setup```\n".repeat(400);
      getSelection()!.selectAllChildren(code);
    });
    await page.getByRole("button", { name: "Ask about this code" }).click();
    const taken = await page.locator(".composer [part=excerpt] blockquote").textContent();
    expect(taken!.length).toBeLessThanOrEqual(4000);
    expect(taken).toMatch(/^make[^]* …$/);
  });

  test("#ask opens the chat with the page, on a phone too", async () => {
    const { page } = await visit(browser, `${site.url}/docs#ask`, PHONE);
    await page.locator("dialog[open]").waitFor();
    expect(new URL(page.url()).hash).toBe("");
  });

  test("a chat from another origin asks that origin", async () => {
    const docs = await openSite(() => `<script src="${site.url}/widget/askdocs.js" data-site-key="pk_other" data-locale="de"></script>`);
    const { page, complaints } = await visit(browser, docs.url);
    await page.locator("[part=launcher]", { hasText: "Doku fragen" }).click();
    await ask(page, "hello");
    expect(site.recorded.map(({ path }) => path)).toEqual(["/api/v1/sites/pk_other/chat"]);
    expect(complaints).toEqual([]);
    docs.close();
  });

  test("the script may be loaded twice, with another key too: there is one chat, of the first", async () => {
    const twice = ["pk_one", "pk_two"].map((key) => `<script src="/widget/askdocs.js?${key}" data-site-key="${key}" data-version-label="One"></script>`);
    const docs = await openSite(() => twice.join(""));
    const { page, complaints } = await visit(browser, docs.url);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    expect(await page.locator("askdocs-chat").evaluateAll((chats) => chats.map((chat) => [chat.getAttribute("site-key"), chat.getAttribute("version-label")]))).toEqual([["pk_one", "One"]]);
    expect(docs.recorded.map(({ path }) => path)).toEqual(["/api/v1/sites/pk_one/chat"]);
    expect(complaints).toEqual([]);
    docs.close();
  });

  test("a script without a key leaves the page's own element to itself", async () => {
    const docs = await openSite(() => `<askdocs-chat site-key="pk_own" api=""></askdocs-chat><script src="/widget/askdocs.js" async></script>`);
    const { page } = await visit(browser, docs.url);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    expect(await page.locator("askdocs-chat").count()).toBe(1);
    expect(docs.recorded[0]).toMatchObject({ path: "/api/v1/sites/pk_own/chat", body: { page: { url: `${docs.url}/`, title: "Quick start" } } });
    docs.close();
  });
});

describe("the panel's extras", () => {
  test("come when the browser is idle, beside the panel", async () => {
    const { page, requests } = await visit(browser, site.url);
    const extras = page.waitForRequest(/extras-/);
    await page.locator("[part=launcher]").click();
    await extras;
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor();
    expect(files(requests).filter((file) => file.includes("panel"))).toHaveLength(1);
    await page.locator(".cmnt").waitFor();
    expect(files(requests), "with what goes on around the chat").toHaveLength(5);
    expect(files(requests).at(-1), "what colours code, once an answer has some").toContain("languages-");
  });

  test("that cannot be loaded leave an answer readable, and are asked for again at a press", async () => {
    const { page } = await visit(browser, site.url);
    await page.route(/extras/, (route) => route.abort());
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    expect(await page.locator("[part=source]").allInnerTexts()).toEqual(["1\nQuick start", "2 · 4\nConfiguration"]);
    await page.getByRole("status").filter({ hasText: "Answer complete." }).waitFor({ state: "attached" });
    const again = page.getByRole("button", { name: "This part could not be loaded. Try again." });
    await again.click();
    await page.unroute(/extras/);
    await again.click();
    await page.getByRole("button", { name: "Not helpful" }).click();
    await page.getByRole("button", { name: "Unclear" }).waitFor();
  });
});

describe("on the page", () => {
  test.each(["auto", "none"])("the panel leaves the controls of a header that stays in reach, whose own pointers are: %s", async (pointers) => {
    const { page } = await visit(browser, site.url);
    await page.evaluate((value) => {
      const header = document.createElement("header");
      const bar = header.appendChild(document.createElement("div"));
      header.style.pointerEvents = value;
      bar.style.cssText = "height:100%;pointer-events:auto";
      document.body.prepend(header);
    }, pointers);
    await page.locator("[part=launcher]").click();
    const box = await page.locator("[part=panel]").boundingBox();
    expect(box!.y).toBeGreaterThanOrEqual(64);
    expect(box!.height).toBeGreaterThan(600);
  });

  test("the phone's Back closes the chat, and leaves the page only then", async () => {
    const { page } = await visit(browser, `${site.url}/docs/first`, PHONE);
    await page.goto(`${site.url}/docs/second`);
    await page.evaluate(() => {
      scrollTo(0, 100);
      addEventListener("popstate", () => scrollTo(0, 0)); // As Docusaurus' router does.
    });
    for (const leave of [() => page.goBack(), () => page.getByRole("button", { name: "Close" }).click()]) {
      await page.locator("[part=launcher]").tap();
      await page.locator("[part=input]").waitFor();
      await leave();
      await page.locator("dialog").waitFor({ state: "hidden" });
      await page.waitForFunction(() => history.state === null);
      expect(page.url()).toBe(`${site.url}/docs/second`);
      await expect.poll(() => page.evaluate(() => scrollY)).toBe(100);
    }
    await page.goBack();
    expect(page.url()).toBe(`${site.url}/docs/first`);
  });

  test("a tap on a mark shows where it leads, another one goes there", async () => {
    const { page } = await visit(browser, `${site.url}/docs/other`, PHONE);
    await page.locator("[part=launcher]").tap();
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor();
    await page.locator("[part=citation]").first().tap();
    await page.locator("[part=preview] a").tap();
    await page.waitForURL("**/docs/start/quick-start**");
  });
});

test("the chat is as light or dark as the system where the page is", async () => {
  const { page } = await visit(browser, `${site.url}/strict/page`, { colorScheme: "dark" });
  const scheme = () => page.locator("[part=launcher]").evaluate((launcher) => getComputedStyle(launcher).colorScheme);
  await expect.poll(scheme).toBe("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(scheme).toBe("light");
});

describe("a strict content security policy", () => {
  test("allows all of it: asking, votes, citations, another language", async () => {
    const { page, complaints } = await visit(browser, `${site.url}/strict/page`);
    await page.evaluate(() => document.querySelector("askdocs-chat")!.setAttribute("locale", "de"));
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    await page.getByRole("button", { name: "Nicht hilfreich" }).click();
    await page.getByRole("button", { name: "Rückmeldung senden" }).click();
    await page.getByText("Vielen Dank.").first().waitFor();
    await page.getByRole("button", { name: "Code kopieren" }).click();
    expect(complaints).toEqual([]);
  });
});

describe("citations", () => {
  test("open the page at the sentence, and the conversation is still there", async () => {
    const { page } = await visit(browser, `${site.url}/docs/other`);
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    await page.locator("[part=citation]").first().click();
    await page.waitForURL("**/docs/start/quick-start**");
    await page.locator("[part=turn]").waitFor();
    expect(await page.locator("[part=citation]").first().evaluate((mark) => {
      const { top } = mark.getBoundingClientRect();
      return top > 0 && top < innerHeight;
    })).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    expect(await page.locator("#install + p").evaluate((paragraph) => {
      const { top } = paragraph.getBoundingClientRect();
      return top > 0 && top < innerHeight;
    })).toBe(true);
  });

  test("are shown on the page that is loaded, marked and uncovered, though its router scrolls to the heading", async () => {
    const { page, requests } = await visit(browser, `${site.url}/docs/other`);
    await page.addInitScript(() => {
      addEventListener("load", () => {
        document.querySelector("main")!.insertAdjacentElement("beforebegin", document.createElement("header"));
        setTimeout(() => document.getElementById("install")!.scrollIntoView(), 300);
      });
    });
    await page.locator("[part=launcher]").click();
    await ask(page, "hello");
    expect(files(requests).filter((file) => file.includes("quote"))).toEqual([]);
    await page.locator("[part=citation]").first().click();
    await page.waitForURL("**/docs/start/quick-start**");
    const sentence = page.locator("#install + p");
    const isClear = () =>
      sentence.evaluate((paragraph) => {
        const { left, top } = paragraph.getBoundingClientRect();
        return paragraph.contains(document.elementFromPoint(left + 2, top + 2));
      });
    await page.waitForFunction(() => document.querySelector("header") && scrollY > 0 && document.readyState === "complete");
    await new Promise((resolve) => setTimeout(resolve, 500)); // The router has scrolled.
    await expect.poll(isClear).toBe(true);
    expect(await page.evaluate(() => [...CSS.highlights.get("askdocs-quote")!].map(String))).toEqual([await sentence.textContent()]);
    // What the browser marks for the link's text fragment is the same sentence: it would have a second colour.
    const rules = await page.evaluate(() => document.adoptedStyleSheets.flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => cssText)));
    expect(rules).toContainEqual(expect.stringMatching(/^::target-text \{ background: none/));
  });

  test("on a phone lead to the page, not behind the chat", async () => {
    const { page } = await visit(browser, `${site.url}/docs/other`, PHONE);
    await page.locator("[part=launcher]").tap();
    await ask(page, "hello");
    await page.locator("[part=actions]").waitFor();
    await page.locator("[part=citation]").first().tap();
    await page.locator("[part=citation]").first().tap();
    await page.waitForURL("**/docs/start/quick-start**");
    await page.locator("[part=launcher]").waitFor();
    expect(await page.locator("dialog").isVisible()).toBe(false);
    await page.locator("[part=launcher]").tap();
    expect(await page.locator("[part=turn]").count()).toBe(1);
  });
});
