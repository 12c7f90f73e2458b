import { afterEach, expect, test } from "vitest";
import { Chat, clearPage } from "./chat.js";

afterEach(clearPage);

test("nothing is stored before the reader consents, then all that there is, and nothing any more when they withdraw", async () => {
  const chat = await new Chat({ consent: "required" }).open();
  await chat.converse("hello");
  dispatchEvent(new PageTransitionEvent("pagehide"));
  expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)]).toEqual([]);

  chat.element.setAttribute("consent", "given");
  expect(sessionStorage.getItem("askdocs:pk_test:version:1.0")).toContain("hello");
  expect(sessionStorage.getItem("askdocs:pk_test:open")).toBe("1");
  await chat.converse("hallo");
  expect(sessionStorage.getItem("askdocs:pk_test:version:1.0")).toContain("hallo");

  sessionStorage.setItem("of-the-site", "1");
  chat.element.setAttribute("consent", "required");
  expect(Object.keys(sessionStorage)).toEqual(["of-the-site"]);
  expect(chat.turns, "what is on the screen stays").toHaveLength(2);
});
