import { afterEach, beforeEach, expect, test } from "vitest";
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

test("what the host hands over stands in the field once, above what is written there", async () => {
  chat = new Chat();
  chat.element.setAttribute("excerpt", "Archives are kept.\nFor long.");
  await chat.open();
  await expect.poll(() => chat.input.value).toBe("> Archives are kept.\n> For long.\n\n");
  chat.input.value += "Why?";
  chat.element.setAttribute("excerpt-language", "js");
  chat.element.setAttribute("excerpt", "  unpack(`x`);\n");
  const both = "```js\n  unpack(`x`);\n```\n\n> Archives are kept.\n> For long.\n\nWhy?";
  await expect.poll(() => chat.input.value).toBe(both);
  chat.element.setAttribute("excerpt", "Archives are kept.\nFor long.");
  await expect.poll(() => chat.element.hasAttribute("excerpt")).toBe(false);
  expect(chat.input.value).toBe(both);
});

test("an excerpt that is too long leaves room for the question", async () => {
  chat = await new Chat({ "max-length": "600", excerpt: "word ".repeat(100) }).open();
  await expect.poll(() => chat.input.value).toMatch(/^> (word )+…\n\n$/);
  expect(chat.input.value.length).toBeLessThan(110);
});

test("once the chat is there, a link to #ask opens it", async () => {
  chat = await new Chat({ excerpt: "Archives" }).open();
  await expect.poll(() => chat.element.hasAttribute("excerpt")).toBe(false);
  chat.element.close();
  location.hash = "ask";
  await expect.poll(() => chat.isShown).toBe(true);
  await expect.poll(() => location.hash).toBe("");
});
