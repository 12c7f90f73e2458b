/** The chat without its looks: in Node, and in the README's React example. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type * as Headless from "../../src/headless.js";
import { ANSWER } from "../scenarios.js";
import { dist, openBrowser, openSite, visit, type Site } from "./site.js";

let site: Site;
let headless: typeof Headless;

beforeAll(async () => {
  site = await openSite();
  headless = (await import(path.join(dist, "headless.js"))) as typeof Headless;
});
afterAll(() => site.close());

const QUESTION = { page: { url: "https://d.e/f", title: "F" }, version: "1.0", locale: "en" };

function open(options: Partial<Headless.ConversationOptions> = {}): Headless.ConversationStore {
  const page = { url: "https://d.e/f", title: "F", version: "1.0", versionLabel: "One", locale: "en" };
  return new headless.ConversationStore({ api: site.url, siteKey: "pk_test", page, ...options });
}

test("asks from Node, and each change can be seen", async () => {
  const chat = open();
  const seen: Headless.Snapshot[] = [];
  const leave = chat.subscribe(() => seen.push(chat.getSnapshot()));
  expect(await chat.ask(" hello ")).toBe(true);
  const [turn] = chat.getSnapshot().turns;
  expect(turn).toMatchObject({ question: "hello", state: "done", status: "answered", text: ANSWER, version: "One" });
  expect(seen.length).toBeGreaterThan(10);
  expect(seen[0]).toMatchObject({ isBusy: true, turns: [{ state: "waiting" }] });
  expect(new Set(seen).size, "each is another object").toBe(seen.length);
  expect(chat.getSnapshot()).toBe(seen.at(-1));
  expect(headless.references(turn!).map(({ numbers }) => numbers)).toEqual([[1], [2, 4], [3], [5]]);
  const cited = headless.referenceFor(turn!, 1, 1);
  expect(headless.linkTo(cited!.url, cited!.fragment)).toBe("/docs/start/quick-start#install:~:text=You%20need%20Python%20and%20Node.");
  expect(site.recorded.at(-1)).toMatchObject({ path: "/api/v1/sites/pk_test/chat", body: { ...QUESTION, question: "hello", resumable: true } });

  leave();
  const count = seen.length;
  expect(await chat.ask("hello")).toBe(true);
  expect(site.recorded.at(-1)?.body.session, "the second question goes on").toBe("tok_1");
  expect(seen).toHaveLength(count);
});

test("one question at a time; stopping keeps what had come", async () => {
  const chat = open();
  const asking = chat.ask("endless");
  await vi.waitFor(() => expect(chat.getSnapshot().turns[0]?.text).toMatch(/^It begins/));
  expect([await chat.ask("another"), await chat.ask(" ")]).toEqual([false, false]);
  chat.stop();
  await asking;
  expect(chat.getSnapshot()).toMatchObject({ isBusy: false, turns: [{ state: "stopped", text: expect.stringMatching(/^It begins/) as string }] });
  await vi.waitFor(() => expect(site.recorded.at(-1)).toMatchObject({ method: "DELETE", path: expect.stringMatching(/chat\/m_\d+\/stream$/) as string }));
});

test("failures have a code; feedback, forgetting and conversations that are kept work as in the chat", async () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
  const chat = open({ storage });
  await chat.ask("limited");
  expect(chat.getSnapshot().turns[0]).toMatchObject({ state: "failed", failure: { code: "limited" } });
  await chat.retry(0, "hello");
  await chat.giveFeedback(0, { vote: "up", reason: "", comment: "" });
  expect(chat.getSnapshot().turns).toMatchObject([{ question: "hello", state: "done", vote: "up" }]);
  chat.end();

  const later = open({ storage });
  expect(later.getSnapshot().turns).toMatchObject([{ question: "hello", vote: "up" }]);
  later.setPage({ url: "https://d.e/2", title: "Two", version: "2.0" });
  expect(later.getSnapshot().turns).toEqual([]);
  later.setPage({ url: "https://d.e/f", title: "F", version: "1.0" });
  await later.forget();
  expect(site.recorded.at(-1)).toMatchObject({ method: "DELETE", path: "/api/v1/sites/pk_test/session", session: "tok_1" });
  expect([later.getSnapshot().turns, [...kept.keys()].filter((key) => key.includes("version:"))]).toEqual([[], []]);
});

test("a server that is older by one version answers too: what it cannot do costs what has not come yet, and no more", async () => {
  const chat = open({ siteKey: "pk_older" });
  await chat.ask("cut");
  expect(chat.getSnapshot().turns[0]).toMatchObject({ state: "failed", text: "Half an answer, and then", failure: { code: "interrupted" } });
  const asking = chat.ask("endless");
  await vi.waitFor(() => expect(chat.getSnapshot().turns[1]?.text).toMatch(/^It begins/));
  chat.stop();
  await asking;
  expect(await chat.ask("hello")).toBe(true);
  expect(chat.getSnapshot().turns.map(({ state }) => state)).toEqual(["failed", "stopped", "done"]);
});

test("another token is asked for when one has expired", async () => {
  const renewUser = vi.fn(() => Promise.resolve("fresh"));
  const chat = open({ user: "expired", renewUser });
  await chat.ask("hello");
  expect(renewUser).toHaveBeenCalledExactlyOnceWith("The token has expired.");
  expect(site.recorded.slice(-2).map(({ user }) => user)).toEqual(["expired", "fresh"]);
  chat.setUser("expired");
  renewUser.mockResolvedValue("expired");
  await chat.ask("hello");
  expect(chat.getSnapshot().turns[1]).toMatchObject({ state: "failed", failure: { code: "user" } });
});

test("a session is got where the site wants one, once for all questions", async () => {
  const chat = open({ siteKey: "pk_suspicious" });
  await chat.ask("hello");
  await chat.ask("hello");
  expect(chat.getSnapshot().turns.map(({ state }) => state)).toEqual(["done", "done"]);
  const asked = site.recorded.filter(({ path }) => path.includes("pk_suspicious"));
  expect(asked.map(({ path, reader }) => `${path.split("/").at(-1)} ${reader ?? ""}`)).toEqual([
    "chat ", "session ", "session ", "chat r1.session", "chat r1.session",
  ]);
});

test("the parts of an answer can be looped over, and leaving the loop ends it", async () => {
  const client = headless.createClient({ api: site.url, siteKey: "pk_test" });
  let text = "";
  for await (const part of headless.parts(client, { ...QUESTION, question: "hello" })) {
    text += part.type === "delta" ? part.text : "";
  }
  expect(text).toBe(ANSWER);
  for await (const part of headless.parts(client, { ...QUESTION, question: "endless" })) {
    if (part.type === "delta") {
      break;
    }
  }
  const failing = headless.parts(client, { ...QUESTION, question: "unknown" });
  await expect(failing.next()).rejects.toMatchObject({ code: "missing" });
});

test("the README's example is a chat in React", async () => {
  const readme = readFileSync(path.join(dist, "../README.md"), "utf8");
  const [, example = ""] = /```jsx\n([^]*?)```/.exec(readme) ?? [];
  expect(example.split("\n").filter(Boolean).length).toBeLessThanOrEqual(12);
  for (const folder of ["docs", "i18n/de/docusaurus-plugin-content-docs/current"]) {
    expect(readFileSync(path.join(dist, "../../..", folder, "use/javascript.md"), "utf8"), folder).toContain(example);
  }
  const entry = path.join(import.meta.dirname, "example.jsx");
  const mount = `import { createRoot } from "react-dom/client"; createRoot(document.getElementById("root")).render(<Ask />);`;
  const result = (await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "silent",
    mode: "production",
    plugins: [{ name: "example", load: (id) => (id === entry ? `${mount}\n${example.replace("https://ask.example.com", "")}` : null), resolveId: (id) => (id === entry ? id : null) }],
    build: { write: false, rolldownOptions: { input: entry } },
  })) as Rolldown.RolldownOutput;
  const script = result.output[0].code.replaceAll("</script", "<\\/script");
  const docs = await openSite(() => `<body><div id="root"></div><script type="module">${script}</script>`);
  const browser = await openBrowser();
  const { page, complaints } = await visit(browser, docs.url);
  await page.getByLabel("Question").fill("hello");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("See the [configuration page]").waitFor();
  expect(await page.getByRole("heading", { level: 3 }).textContent()).toBe("hello");
  expect(await page.getByRole("link").first().getAttribute("href")).toMatch(/^\/docs\/start\/quick-start#install:~:text=/);
  await page.locator("button:enabled").waitFor();
  expect([complaints, docs.recorded.length]).toEqual([[], 1]);
  await browser.close();
  docs.close();
}, 40_000);
