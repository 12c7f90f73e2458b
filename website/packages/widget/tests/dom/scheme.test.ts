import { afterEach, expect, test } from "vitest";
import { Chat, clearPage } from "./chat.js";

const root = document.documentElement;
const sheet = document.createElement("style");

/** How sites switch: [style sheet, to light, to dark]. */
const SWITCHES: Record<string, [css: string, light: () => void, dark: () => void]> = {
  "VitePress: html.dark, and no word when it is light": [
    "html.dark{color-scheme:dark} body{color:#3c3c43;background:#fff} .dark body{color:#dfdfd6;background:#1b1b1f}",
    () => root.classList.remove("dark"),
    () => root.classList.add("dark"),
  ],
  "Tailwind: html.dark, where only an inner part has its letters coloured": [
    "body{background:oklch(1 0 0)} html.dark body{background:oklch(.2 0 0)} html.dark main{color:white}",
    () => root.classList.remove("dark"),
    () => root.classList.add("dark"),
  ],
  "Tailwind: colours in oklch that take their time": [
    "body{transition:color .1s;color:oklch(0.21 0.03 260)} [data-look=night] body{color:oklch(0.92 0.01 260)}",
    () => root.removeAttribute("data-look"),
    () => root.setAttribute("data-look", "night"),
  ],
  "colours in lab": [
    "body{color:lab(8 1 -8)} body.night{color:lab(91 0 -2)}",
    () => document.body.classList.remove("night"),
    () => document.body.classList.add("night"),
  ],
  "Material for MkDocs: a scheme on body": [
    "[data-md-color-scheme=default]{color:rgba(0,0,0,.87)} [data-md-color-scheme=slate]{color-scheme:dark;color:hsla(225,15%,90%,.82)}",
    () => document.body.setAttribute("data-md-color-scheme", "default"),
    () => document.body.setAttribute("data-md-color-scheme", "slate"),
  ],
  "Docusaurus and Starlight: a theme on html": [
    "html{color:#1c1e21} html[data-theme=dark]{color:#e3e3e3}",
    () => root.setAttribute("data-theme", "light"),
    () => root.setAttribute("data-theme", "dark"),
  ],
  "furo: a theme on body": [
    "body{color:black} body[data-theme=dark]{color:#cfd0d0}",
    () => document.body.setAttribute("data-theme", "light"),
    () => document.body.setAttribute("data-theme", "dark"),
  ],
  "a theme with a name of its own": [
    "html{color:#333} html[data-theme=dracula]{color:#f8f8f2}",
    () => root.setAttribute("data-theme", "cupcake"),
    () => root.setAttribute("data-theme", "dracula"),
  ],
  "another style sheet, and nothing else": [
    "",
    () => (sheet.textContent = "body{color:#222}"),
    () => (sheet.textContent = "body{color:#ddd} *{transition:none!important}"),
  ],
};

function looks(chat: Chat): string[] {
  const { colorScheme } = getComputedStyle(chat.element);
  return [colorScheme, getComputedStyle(chat.launcher).colorScheme, getComputedStyle(chat.dialog).colorScheme];
}

afterEach(async () => {
  await clearPage();
  sheet.remove();
  for (const element of [root, document.body]) {
    [...element.attributes].forEach(({ name }) => element.removeAttribute(name));
  }
});

for (const [name, [css, light, dark]] of Object.entries(SWITCHES)) {
  test(`the chat follows the page's own switch: ${name}`, async () => {
    sheet.textContent = css;
    document.head.append(sheet);
    dark();
    const chat = await new Chat().open();
    for (const [scheme, change] of [["dark", dark], ["light", light], ["dark", dark], ["light", light]] as const) {
      change();
      await expect.poll(() => looks(chat)).toEqual([scheme, scheme, scheme]);
    }
  });
}

test("what the host says is stronger than the page", async () => {
  root.setAttribute("data-theme", "dark");
  const chat = await new Chat({ theme: "light" }).open();
  expect(looks(chat)).toEqual(["light", "light", "light"]);
  chat.element.setAttribute("theme", "dark");
  expect(looks(chat)).toEqual(["dark", "dark", "dark"]);
  root.setAttribute("data-theme", "light");
  chat.element.removeAttribute("theme");
  expect(looks(chat)).toEqual(["light", "light", "light"]);
});
