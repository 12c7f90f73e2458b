import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { ANSWER } from "../scenarios.js";
import { Chat, clearPage } from "./chat.js";

let chat: Chat;
let copied: string[];

beforeEach(async () => {
  await page.viewport(1280, 800);
  copied = [];
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation((text) => Promise.resolve(void copied.push(text)));
  chat = await new Chat().open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await clearPage();
});

/** The words of the small line below an answer. */
async function notice(question: string): Promise<string> {
  return (await chat.converse(question)).querySelector("[part=notice]")!.textContent;
}

test("an answer says in words how far it rests on the docs, and that people reviewed it", async () => {
  expect(await notice("supported")).toBe("Backed by the docs · Version 1.0");
  expect(await notice("partly")).toBe("Partly backed by the docs: check the sources · Version 1.0");
  expect(await notice("unsupported")).toBe("Not backed by the docs · Version 1.0");
  expect(await notice("pinned")).toBe("✓ Reviewed 2026-01-31 · Version 1.0");
});

test("an answer is copied as Markdown, with links to what it cites", async () => {
  await chat.converse("hello");
  chat.button("Copy answer").click();
  await expect.poll(() => copied).toHaveLength(1);
  expect(copied[0]).toBe(
    [
      ANSWER,
      "",
      `- [1] [Quick start › Install](${location.origin}/docs/start/quick-start#install)`,
      `- [2][4] [Configuration › Environment variables › Secrets](${location.origin}/docs/operate/configuration#environment-variables)`,
    ].join("\n"),
  );
});

test("a link to a question is copied, which leads to this page", async () => {
  await chat.converse("why & how?");
  chat.button("Copy link to the question").click();
  await expect.poll(() => copied).toHaveLength(1);
  const link = new URL(copied[0]!);
  expect([link.pathname, link.searchParams.get("ask"), link.hash]).toEqual([location.pathname, "why & how?", ""]);
});

test("the last question can be edited, and is answered in its place", async () => {
  await chat.converse("hello");
  await chat.converse("hallo");
  expect(chat.turns[0]!.querySelector("[part~=edit]")!.checkVisibility(), "what follows from it would not fit any more").toBe(false);
  const fetching = vi.spyOn(globalThis, "fetch");
  chat.button("Edit question").click();
  expect(chat.root.activeElement?.ariaLabel).toBe("Edit question");
  await userEvent.keyboard("waiting{Enter}");
  await expect.poll(() => chat.turns[1]!.innerText).toMatch(/^waiting\n+Reading/);
  expect(chat.turns[1]!.querySelector(".answer")!.textContent, "it was to another question").toBe("");
  const { messageId } = chat.heard.findLast(({ type }) => type === "answer")!.detail as { messageId: string };
  expect(JSON.parse(fetching.mock.lastCall![1]!.body as string), "the server's session forgets the other").toMatchObject({ question: "waiting", replaces: messageId });
  fetching.mockRestore();
  expect(chat.turns).toHaveLength(2);
});

test("Escape leaves a question as it was, the chat open and the focus where it came from", async () => {
  await chat.converse("hello");
  chat.button("Edit question").click();
  await userEvent.keyboard("something else{Escape}");
  expect(chat.isShown).toBe(true);
  expect(chat.find("[part=question]").innerText).toBe("hello");
  expect(chat.root.activeElement).toBe(chat.button("Edit question"));
});

test("a question that failed can be edited", async () => {
  await chat.converse("failing");
  chat.button("Edit question").click();
  await userEvent.keyboard("hello{Enter}");
  await expect.poll(() => chat.turns[0]!.innerText).toContain("make setup");
  expect(chat.turns).toHaveLength(1);
});

test("a question is answered again at a press, and its answer stays until another one comes", async () => {
  const turn = await chat.converse("slow");
  chat.button("Answer again").click();
  await expect.poll(() => chat.turns[0]!.ariaBusy).toBe("true");
  expect(chat.turns[0]!.querySelector(".answer")!.textContent).toBe(turn.querySelector(".answer")!.textContent);
  await expect.poll(() => chat.turns[0]!.ariaBusy).toBe("false");
  expect(chat.turns).toHaveLength(1);
});

test("below the last answer stand questions of what was found and not cited, and one is asked at a press", async () => {
  await chat.converse("hello");
  const further = (): string[] => chat.all(".further button").filter((each) => each.checkVisibility()).map((each) => each.textContent);
  expect(further()).toEqual(["Tell me more about “Databases”.", "Tell me more about “Widget attributes that have a long title”."]);
  chat.button("Tell me more about “Databases”.").click();
  await expect.poll(() => chat.turns[1]?.ariaBusy).toBe("false");
  expect(chat.turns[1]!.querySelector("[part=question]")!.textContent).toBe("Tell me more about “Databases”.");
  expect(chat.root.activeElement, "the focus is not lost").toBe(chat.find(".log"));
  await expect.poll(further).toEqual(["Tell me more about “Widget attributes that have a long title”."]);
});

test("what is not answered has no questions that follow", async () => {
  await chat.converse("nothing");
  expect(chat.all(".further")).toEqual([]);
});

test("readers are shown the ways out that the site has, with their question, and none that leads astray", async () => {
  await clearPage();
  chat = await new Chat({ "search-url": "/search?q={question}", "support-url": "mailto:help@example.com?subject={question}" }).open();
  const turn = await chat.converse("nothing & more");
  const exits = (): (string | null)[] => [...turn.querySelectorAll(".exits a")].map((link) => link.getAttribute("href"));
  expect(exits()).toEqual([`${location.origin}/search?q=nothing%20%26%20more`, "mailto:help@example.com?subject=nothing%20%26%20more"]);
  await clearPage();
  chat = await new Chat({ "search-url": "javascript:alert(1)" }).open();
  expect((await chat.converse("nothing")).querySelectorAll(".exits a")).toHaveLength(0);
});
