import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { mount } from "../../src/panel.js";
import { loadStrings } from "../../src/strings/index.js";
import { Chat, clearPage } from "./chat.js";

beforeEach(async () => {
  await page.viewport(1280, 800);
});
afterEach(clearPage);

describe("opening and closing", () => {
  test("the launcher opens the chat and says so", async () => {
    const chat = new Chat();
    expect(chat.launcher.getAttribute("aria-haspopup")).toBe("dialog");
    chat.launcher.click();
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.launcher.ariaExpanded).toBe("true");
    expect(chat.root.activeElement).toBe(chat.input);
    expect(chat.heard.map(({ type }) => type)).toEqual(["open"]);
  });

  test("closing returns the focus to what opened the chat", async () => {
    const chat = new Chat({ launcher: "none" });
    const opener = document.createElement("button");
    opener.dataset.askdocsOpen = "";
    document.body.append(opener);
    opener.focus();
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.root.activeElement).toBe(chat.input);
    await userEvent.keyboard("{Escape}");
    expect(chat.isShown).toBe(false);
    expect(document.activeElement).toBe(opener);
  });

  test("on a wide screen the page stays usable beside the chat", async () => {
    const chat = await new Chat().open();
    expect(chat.dialog.matches(":popover-open")).toBe(true);
    expect(chat.dialog.matches(":modal")).toBe(false);
  });

  test("on a phone the chat takes the whole screen, and the page waits", async () => {
    await page.viewport(390, 844);
    const chat = await new Chat().open();
    expect(chat.dialog.matches(":modal")).toBe(true);
    const { width, height } = chat.dialog.getBoundingClientRect();
    expect([width, height]).toEqual([390, 844]);
  });

  test("turning the phone keeps the chat open and the focus in it", async () => {
    const chat = await new Chat().open();
    await page.viewport(390, 844);
    await expect.poll(() => chat.dialog.matches(":modal")).toBe(true);
    await page.viewport(1280, 800);
    await expect.poll(() => chat.dialog.matches(":popover-open")).toBe(true);
    expect(chat.root.activeElement).toBe(chat.input);
  });

  test("what readers touch is large enough on a phone", async () => {
    await page.viewport(390, 844);
    const chat = await new Chat({ suggestions: "Why?" }).open();
    await chat.converse("hello");
    const targets = chat.all("button, .source, textarea").filter((target) => target.checkVisibility() && !target.closest("p"));
    const sizes = targets.map((target) => Math.round(Math.min(target.getBoundingClientRect().height, target.getBoundingClientRect().width)));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(44);
    expect(getComputedStyle(chat.input).fontSize).toBe("16px");
  });

  test("the element may move within the page without losing the conversation", async () => {
    const chat = await new Chat({ storage: "none" }).open();
    await chat.converse("hello");
    const place = document.createElement("div");
    document.body.append(place);
    place.append(chat.element);
    await Promise.resolve();
    expect(chat.turns).toHaveLength(1);
    chat.element.remove();
    await Promise.resolve();
    expect(chat.root.querySelector("dialog")).toBeNull();
  });
});

describe("the shortcut", () => {
  test("opens and closes", async () => {
    const chat = new Chat();
    await userEvent.keyboard("{Control>}i{/Control}");
    await expect.poll(() => chat.root.activeElement).toBeTruthy();
    await userEvent.keyboard("{Control>}i{/Control}");
    expect(chat.isShown).toBe(false);
  });

  test("takes who is on the page to the field of an open chat", async () => {
    const chat = await new Chat().open();
    chat.input.blur();
    await userEvent.keyboard("{Control>}i{/Control}");
    expect([chat.isShown, chat.root.activeElement]).toEqual([true, chat.input]);
  });

  test("may be another one, or none", async () => {
    const chat = new Chat({ shortcut: "mod+shift+k" });
    await userEvent.keyboard("{Control>}i{/Control}");
    expect(chat.isShown).toBe(false);
    await userEvent.keyboard("{Control>}{Shift>}K{/Shift}{/Control}");
    await expect.poll(() => chat.isShown).toBe(true);
    chat.element.close();
    chat.element.setAttribute("shortcut", "none");
    await userEvent.keyboard("{Control>}{Shift>}K{/Shift}{/Control}");
    expect(chat.isShown).toBe(false);
  });

  test("is left to fields, and to whoever took it already", async () => {
    const chat = new Chat();
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    await userEvent.keyboard("{Control>}i{/Control}");
    field.blur();
    const take = (event: Event): void => event.preventDefault();
    document.body.addEventListener("keydown", take);
    await userEvent.keyboard("{Control>}i{/Control}");
    document.body.removeEventListener("keydown", take);
    expect(chat.isShown).toBe(false);
  });
});

describe("writing", () => {
  test("Enter sends, Shift+Enter begins a line, an empty field sends nothing", async () => {
    const chat = await new Chat().open();
    await userEvent.keyboard("{Enter}a{Shift>}{Enter}{/Shift}b");
    expect([chat.turns.length, chat.input.value]).toEqual([0, "a\nb"]);
    await userEvent.keyboard("{Enter}");
    expect([chat.turns.length, chat.input.value]).toEqual([1, ""]);
  });

  test("Enter that ends a composition does not send", async () => {
    const chat = await new Chat().open();
    chat.input.value = "にほん";
    chat.input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }));
    chat.input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true }));
    expect(chat.turns).toHaveLength(0);
  });

  test("a question that is too long is kept, and by how much is said", async () => {
    const chat = await new Chat({ "max-length": "10" }).open();
    await chat.send("x".repeat(13));
    expect(chat.find(".hint").textContent).toBe("Too long by 3 characters.");
    expect([chat.turns.length, chat.input.value.length, chat.button("Send").disabled]).toEqual([0, 13, true]);
  });

  test("a second question waits for the first one's answer", async () => {
    const chat = await new Chat().open();
    await chat.send("endless");
    await chat.send("another");
    expect(chat.find(".hint").textContent).toContain("One question at a time");
    expect([chat.turns.length, chat.input.value]).toEqual([1, "another"]);
    expect(await chat.element.ask("a third")).toBe(false);
    expect(chat.input.value).toBe("another");
  });

  test("suggestions are asked at a press", async () => {
    const chat = await new Chat({ suggestions: '["Why?", "How?"]' }).open();
    chat.button("How?").click();
    await expect.poll(() => chat.turns[0]?.querySelector("[part=question]")?.textContent).toBe("How?");
    expect(chat.find("[part=welcome]").checkVisibility()).toBe(false);
  });

  test("hosts can ask", async () => {
    const chat = new Chat();
    expect(await chat.element.ask(" hello ")).toBe(true);
    expect(chat.isShown).toBe(true);
    expect(chat.heard.map(({ type }) => type)).toEqual(["open", "question", "answer"]);
    expect(chat.heard[2]!.detail).toEqual({ messageId: expect.stringMatching(/^m_/) as string, status: "answered", mode: "model", confidence: 0.8 });
    expect(await chat.element.ask("  ")).toBe(false);
  });
});

/** Resolves after everything that waits for the German words has them. */
async function wordsAreThere(): Promise<void> {
  await loadStrings("de");
  await new Promise(requestAnimationFrame);
}

describe("while the words of another language load", () => {
  test("the page's last word counts", async () => {
    const chat = await new Chat({ locale: "en" }).open();
    chat.element.setAttribute("locale", "de");
    chat.element.setAttribute("locale", "en");
    await wordsAreThere();
    expect(chat.find("h2").textContent).toBe("Ask the docs");
    expect(chat.all("dialog")).toHaveLength(1);
  });

  test("what the page says meanwhile is heard", async () => {
    const chat = await new Chat({ suggestions: "Old?" }).open();
    chat.element.setAttribute("locale", "de");
    chat.element.setAttribute("suggestions", "New?");
    chat.element.setAttribute("site-key", "pk_other");
    await expect.poll(() => chat.root.querySelector("h2")?.textContent).toBe("Doku fragen");
    await wordsAreThere();
    expect(chat.all("[part=suggestion]").map(({ textContent }) => textContent)).toEqual(["New?"]);
    await chat.converse("hello");
    expect(sessionStorage.getItem("askdocs:pk_other:version:1.0")).not.toBeNull();
    expect(sessionStorage.getItem("askdocs:pk_test:version:1.0")).toBeNull();
  });

  test("the panel is made with what the page says by then", async () => {
    const chat = new Chat({ locale: "de", suggestions: "Old?" });
    const mounting = mount(chat.element, chat.launcher);
    chat.element.setAttribute("locale", "en");
    chat.element.setAttribute("suggestions", "New?");
    const panel = await mounting;
    expect(chat.find("h2").textContent).toBe("Ask the docs");
    expect(chat.all("[part=suggestion]").map(({ textContent }) => textContent)).toEqual(["New?"]);
    panel.destroy();
  });

  test("the chat may leave the page for good", async () => {
    const chat = await new Chat().open();
    chat.element.setAttribute("locale", "de");
    chat.element.remove();
    await wordsAreThere();
    expect(chat.all("dialog")).toEqual([]);
  });
});

describe("while the panel loads", () => {
  test("the chat may leave the page, and come back", async () => {
    sessionStorage.setItem("askdocs:pk_test:open", "1");
    const chat = new Chat();
    const opening = chat.element.open();
    chat.element.remove();
    await opening;
    document.body.append(chat.element);
    await chat.open();
    expect(chat.all("dialog")).toHaveLength(1);
    expect(chat.isShown).toBe(true);
  });
});

describe("languages and looks", () => {
  test("the locale chooses the words, also later on", async () => {
    const chat = await new Chat({ locale: "de-CH" }).open();
    expect(chat.find("h2").textContent).toBe("Doku fragen");
    expect(chat.dialog.lang).toBe("de");
    chat.element.setAttribute("locale", "en");
    await expect.poll(() => chat.root.querySelector("h2")?.textContent).toBe("Ask the docs");
    expect(chat.isShown).toBe(true);
  });

  test("attributes that are set to what they were change nothing", async () => {
    const chat = await new Chat({ suggestions: "Why?" }).open();
    chat.element.setAttribute("version", "2.0");
    const { dialog } = chat;
    chat.element.setAttribute("suggestions", "Why?");
    await new Promise(requestAnimationFrame);
    expect(chat.dialog).toBe(dialog);
  });

  test("the version is shown, by its label", async () => {
    const chat = await new Chat({ "version-label": "Next" }).open();
    expect(chat.find(".version").textContent).toBe("Next");
    chat.element.setAttribute("version-label", "2.0");
    expect(chat.find(".version").textContent).toBe("2.0");
  });

  test("the theme follows its attribute", async () => {
    const chat = await new Chat({ theme: "dark" }).open();
    const dark = getComputedStyle(chat.dialog).backgroundColor;
    chat.element.setAttribute("theme", "light");
    expect(getComputedStyle(chat.dialog).backgroundColor).not.toBe(dark);
  });

  test("hosts choose colours and sizes", async () => {
    const chat = await new Chat().open();
    chat.element.style.setProperty("--askdocs-surface", "rgb(1, 2, 3)");
    chat.element.style.setProperty("--askdocs-width", "500px");
    expect(getComputedStyle(chat.dialog).backgroundColor).toBe("rgb(1, 2, 3)");
    expect(chat.dialog.getBoundingClientRect().width).toBe(500);
  });

  test("right to left, the chat stands on the left", async () => {
    document.documentElement.dir = "rtl";
    const chat = await new Chat().open();
    expect(chat.dialog.getBoundingClientRect().left).toBe(20);
    document.documentElement.removeAttribute("dir");
  });
});

describe("a site's own words", () => {
  test("stand in the attribute or the property, and the chat speaks the page's language otherwise", async () => {
    const chat = new Chat({ locale: "fr-CA", strings: '{"placeholder": "Et alors ?"}' });
    await chat.open();
    expect([chat.input.placeholder, chat.find("h2").textContent, chat.dialog.lang]).toEqual(["Et alors ?", "Interroger la doc", "fr"]);
    chat.element.close();
    expect(chat.launcher.textContent).toBe("Interroger la doc");
    chat.element.remove();
    await Promise.resolve();
    const other = new Chat({ locale: "ar" });
    other.element.strings = { title: "Ada" };
    await other.open();
    expect([other.find("h2").textContent, getComputedStyle(other.dialog).direction]).toEqual(["Ada", "rtl"]);
  });
});
