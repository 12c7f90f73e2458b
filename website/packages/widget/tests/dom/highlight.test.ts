import { beforeEach, expect, test } from "vitest";
import { create } from "../../src/dom.js";
import { highlight } from "../../src/highlight.js";
import { Chat, clearPage } from "./chat.js";

let root: ShadowRoot;

beforeEach(async () => {
  await clearPage();
  root = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
});

/** The types of the tokens, and whether the text is what it was. */
async function colour(language: string, text: string): Promise<{ types: string[]; isSame: boolean }> {
  const code = create("code", {}, text);
  const block = create("div", { class: "code" }, create("div", { class: "bar" }, create("span", {}, language)), create("pre", {}, code));
  root.replaceChildren(block);
  await highlight([block]);
  return { types: [...code.children].map(({ className }) => className), isSame: code.textContent === text };
}

test("code of an answer is coloured when it is complete, and reads and copies as it did", async () => {
  const chat = await new Chat().open();
  const turn = await chat.converse("hello");
  await expect.poll(() => turn.querySelector(".cmnt")?.textContent).toBe("# serves site and API on port 8000");
  expect(turn.querySelector("pre code")!.textContent).toBe("make setup\nASKDOCS_ENV=development make run   # serves site and API on port 8000");
  await clearPage();
});

test.each([
  ["bash", "npm install x # now", "cmnt"],
  ["sh", 'echo "$HOME"', "str"],
  ["json", '{"port": 8000, "open": true}', "num"],
  ["yaml", "port: 8000 # default", "cmnt"],
  ["TypeScript", "export const port: number = 8000;", "kwd"],
  ["jsx", "return <p>Hello</p>;", "kwd"],
  ["python", "def ask(question): return None", "kwd"],
  ["dockerfile", "FROM python:3.11", "kwd"],
  ["toml", '[server]\nport = 8000', "num"],
  ["html", '<a href="/docs">Docs</a>', "str"],
  ["css", ".a { color: red; }", "var"],
  ["go", "func main() { return }", "kwd"],
  ["rust", "fn main() { return; }", "kwd"],
  ["sql", "SELECT 1 FROM sites", "kwd"],
  ["diff", "-old\n+new", "insert"],
])("%s is told apart", async (language, text, type) => {
  const { types, isSame } = await colour(language, text);
  expect(isSame).toBe(true);
  expect(types).toContain(type);
});

test.each([
  ["what has no language", "", "return 1"],
  ["a language that is not known", "brainstorm", "return 1"],
  ["a name that every object has", "constructor", "return 1"],
  ["a line that is too long", "js", `return "${"x".repeat(400)}"`],
  ["a block with a long gap", "js", `return 1;${"\n".repeat(100)}return 2;`],
  ["a block that is too long", "js", "return 1;\n".repeat(1_000)],
])("%s stays as it is", async (_, language, text) => {
  expect(await colour(language, text)).toEqual({ types: [], isSame: true });
});

test("markup in code stays text", async () => {
  expect((await colour("html", '<img src=x onerror="alert(1)"><script>alert(2)</script>')).isSame).toBe(true);
  expect(root.querySelectorAll("img, script")).toHaveLength(0);
});
