/** Where the chat stands: over the page, beside its content, or within it. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { Chat } from "./chat.js";

const root = document.documentElement;

beforeEach(() => page.viewport(1280, 800));
afterEach(async () => {
  document.body.replaceChildren();
  await Promise.resolve();
  localStorage.clear();
  sessionStorage.clear();
  root.removeAttribute("dir");
});

describe("a docked chat", () => {
  const handle = (chat: Chat): HTMLElement => chat.find("[role=separator]");
  const width = (chat: Chat): number => chat.dialog.getBoundingClientRect().width;

  test("stands at the side, and the page takes the room that is left until it is closed", async () => {
    const chat = await new Chat({ layout: "docked" }).open();
    const { left, right, top, bottom } = chat.dialog.getBoundingClientRect();
    expect([left, right, top, bottom]).toEqual([840, 1280, 0, 800]);
    expect(document.body.getBoundingClientRect().right).toBeLessThanOrEqual(left);
    expect(root.style.getPropertyValue("--askdocs-room")).toBe("440px");
    chat.element.close();
    expect([root.style.paddingRight, root.style.getPropertyValue("--askdocs-room"), root.dataset.askdocsDocked]).toEqual(["", "", undefined]);
  });

  test("is as wide as its reader makes it with keys or the pointer, also the next time", async () => {
    const chat = await new Chat({ layout: "docked" }).open();
    handle(chat).focus();
    await userEvent.keyboard("{ArrowLeft}{ArrowLeft}{ArrowRight}");
    expect([width(chat), handle(chat).ariaValueNow]).toEqual([456, "456"]);
    await userEvent.keyboard("{Home}");
    expect(width(chat)).toBe(320);
    await userEvent.keyboard("{End}");
    expect(width(chat)).toBe(800);
    const drag = (type: string, clientX: number): boolean =>
      handle(chat).dispatchEvent(new PointerEvent(type, { clientX, pointerId: 1, bubbles: true }));
    handle(chat).setPointerCapture = () => undefined; // There is no such pointer.
    drag("pointerdown", 480);
    drag("pointermove", 780);
    drag("lostpointercapture", 780);
    drag("pointermove", 500);
    expect(width(chat)).toBe(500);
    chat.element.remove();
    await Promise.resolve();
    expect(root.style.paddingRight).toBe("");
    expect(width(await new Chat({ layout: "docked" }).open())).toBe(500);
  });

  test("stands at the left of a right-to-left page", async () => {
    root.dir = "rtl";
    const chat = await new Chat({ layout: "docked" }).open();
    expect(chat.dialog.getBoundingClientRect().left).toBe(0);
    expect(root.style.paddingLeft).toBe("440px");
    handle(chat).focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(width(chat)).toBe(456);
  });

  test("floats where there is no room for two, and takes the whole screen of a phone", async () => {
    const chat = await new Chat({ layout: "docked" }).open();
    await page.viewport(900, 800);
    await expect.poll(() => root.style.paddingRight).toBe("");
    await expect.poll(() => chat.dialog.getBoundingClientRect().bottom).toBe(780);
    await page.viewport(390, 800);
    await expect.poll(() => chat.dialog.matches(":modal")).toBe(true);
    expect(width(chat)).toBe(390);
    await page.viewport(1280, 800);
    await expect.poll(() => width(chat)).toBe(440);
  });
});

describe("an inline chat", () => {
  test("is there at once, as a part of the page, and takes nobody's focus", async () => {
    const chat = new Chat({ layout: "inline" });
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.launcher.checkVisibility()).toBe(false);
    expect(chat.dialog.matches(":modal, :popover-open")).toBe(false);
    expect(getComputedStyle(chat.dialog).position).toBe("relative");
    expect(chat.root.activeElement).toBeNull();
    expect(sessionStorage.getItem("askdocs:pk_test:open")).toBeNull();
    await chat.converse("hello");
    await userEvent.keyboard("{Escape}");
    chat.element.close();
    expect(chat.isShown).toBe(true);
  });

  test("stays in the page on a phone, and has the page's width", async () => {
    await page.viewport(390, 800);
    const chat = new Chat({ layout: "inline" });
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.dialog.matches(":modal")).toBe(false);
    expect(chat.dialog.getBoundingClientRect().right).toBeLessThanOrEqual(390);
  });
});

test("a floating chat grows at a press and is small again at the next; another layout takes effect at once", async () => {
  const chat = await new Chat().open();
  const width = (): number => chat.dialog.getBoundingClientRect().width;
  const expand = chat.find("[part=expand]");
  expand.click();
  await expect.poll(width).toBe(1000);
  expect(expand.ariaPressed).toBe("true");
  expand.click();
  await expect.poll(width).toBe(440);
  chat.element.setAttribute("layout", "docked");
  await expect.poll(() => chat.root.querySelector("dialog")?.classList.contains("docked")).toBe(true);
});

test("the chat runs as its own words do, and stands where the page says", async () => {
  root.dir = "rtl";
  const chat = await new Chat().open();
  expect(getComputedStyle(chat.dialog).direction).toBe("ltr");
  expect(chat.dialog.getBoundingClientRect().left).toBe(20);
});
