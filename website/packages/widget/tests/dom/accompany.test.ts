import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { Chat, clearPage } from "./chat.js";

let chat: Chat;

beforeEach(() => page.viewport(1280, 800));
afterEach(async () => {
  await clearPage();
  history.replaceState(null, "", location.pathname);
});

function write(html: string, title = "Page"): void {
  document.querySelector("main")?.remove();
  const main = document.createElement("main");
  main.append(document.createRange().createContextualFragment(html));
  document.body.append(main);
  document.title = title;
}

const starters = (): string[] => chat.all(".welcome > ul li").map(({ textContent }) => textContent);

test("an empty chat offers the page's questions, else the site's, else one for each of its first sections", async () => {
  write(`<h1>Restore<a href="#r">#</a></h1><nav><h2>On this page</h2></nav><h2>Limits\u200b</h2><h2>How long does it take?</h2>`);
  chat = await new Chat({ "page-suggestions": "One?|Two?", suggestions: "Site?" }).open();
  await expect.poll(starters).toEqual(["One?", "Two?"]);
  chat.element.removeAttribute("page-suggestions");
  await expect.poll(starters).toEqual(["Site?"]);
  chat.element.removeAttribute("suggestions");
  await expect.poll(starters).toEqual(["Tell me more about “Limits” in “Restore”.", "How long does it take?"]);
  write("<h2>Keys</h2>", "Another page");
  await expect.poll(starters).toEqual(["Tell me more about “Keys”."]);
  chat.find(".welcome > ul button").click();
  await expect.poll(() => chat.turns).toHaveLength(1);
});

const about = (): string[] => chat.all(".composer .about").map(({ textContent }) => textContent);

test("what the host hands over stands above the field, and is asked about once; one takes the place of another", async () => {
  const fetching = vi.spyOn(globalThis, "fetch");
  chat = new Chat();
  chat.element.setAttribute("excerpt", "Archives are kept.\nFor long.");
  await chat.open();
  await expect.poll(about).toEqual(["Archives are kept.\nFor long."]);
  chat.element.setAttribute("excerpt-language", "js");
  chat.element.setAttribute("excerpt", "  unpack(`x`);\n");
  await expect.poll(about).toEqual(["unpack(`x`);"]);
  const turn = await chat.converse("Why?");
  expect(about()).toEqual([]);
  expect(turn.querySelector(".about")!.textContent).toBe("unpack(`x`);");
  const sent = (): unknown => JSON.parse(fetching.mock.lastCall![1]!.body as string);
  expect(sent()).toMatchObject({ question: "Why?", excerpt: { text: "unpack(`x`);", language: "js" } });
  await chat.converse("And then?");
  expect(sent()).not.toHaveProperty("excerpt");
  fetching.mockRestore();
});

test("an excerpt that is too long is cut after a word, and one that is not wanted goes", async () => {
  chat = await new Chat({ excerpt: "word ".repeat(1000) }).open();
  await expect.poll(about).toEqual([expect.stringMatching(/^(word )+…$/)]);
  expect(about()[0]!.length).toBeLessThanOrEqual(4000);
  chat.button("Ask without this").click();
  expect(about()).toEqual([]);
  expect(chat.root.activeElement).toBe(chat.input);
});

test("once the chat is there, a link to #ask opens it", async () => {
  chat = await new Chat({ excerpt: "Archives" }).open();
  await expect.poll(() => chat.element.hasAttribute("excerpt")).toBe(false);
  chat.element.close();
  location.hash = "ask";
  await expect.poll(() => chat.isShown).toBe(true);
  await expect.poll(() => location.hash).toBe("");
});
