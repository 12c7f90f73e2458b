import { afterEach, expect, test, vi } from "vitest";
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

test("a further chat, as in another tab, goes on with the conversation, and hears the end of an answer; unless nothing may be stored", async () => {
  const chat = await new Chat().open();
  await chat.converse("hello");
  await chat.send("slow and long");
  await expect.poll(() => chat.turns[1]?.textContent).toContain("Run make");
  sessionStorage.clear();
  const silent = await new Chat({ storage: "none" }).open();
  const unasked = await new Chat({ consent: "required" }).open();
  const other = await new Chat().open();
  await expect.poll(() => other.turns.length).toBe(2);
  const answers = (): string[] => [chat, other].map(({ turns }) => turns[1]!.querySelector(".answer")!.textContent);
  const whole = expect.stringMatching(/for the rest\.$/) as string;
  await expect.poll(answers, { timeout: 10_000 }).toEqual([whole, whole]);
  expect(new Set(answers()).size).toBe(1);
  expect([...silent.turns, ...unasked.turns]).toEqual([]);

  other.button("New conversation").click();
  expect(chat.turns, "each tab may begin anew").toHaveLength(2);
});

test("what another version of the chat keeps or says is left alone", async () => {
  const kept = JSON.stringify({ schema: 2, session: "tok", turns: [{ question: "from the future" }] });
  sessionStorage.setItem("askdocs:pk_test:version:1.0", kept);
  localStorage.setItem("askdocs:pk_test:history:2", `[${kept}]`);
  const chat = await new Chat({ storage: "device" }).open();
  await expect.poll(() => chat.all(".preview")).toHaveLength(1); // The extras are there.
  const channel = new BroadcastChannel("askdocs:pk_test");
  channel.postMessage({ schema: 2, type: "offer", scope: "1.0", session: "tok", turns: [], at: 1 });
  channel.postMessage("what others say");
  channel.close();
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect([...chat.turns, ...chat.all("[part=earlier]")]).toEqual([]);
  await chat.converse("hello");
  await expect.poll(() => localStorage.getItem("askdocs:pk_test:history:1")).toContain("hello");
  expect(localStorage.getItem("askdocs:pk_test:history:2")).toBe(`[${kept}]`);
  localStorage.clear();
});

test("conversations are kept on the device where the host says so: each can be gone on with, and all can be forgotten", async () => {
  localStorage.clear();
  let chat = await new Chat({ storage: "device" }).open();
  await chat.converse(`hello there ${"and ".repeat(50)}`.trim());
  chat.button("New conversation").click();
  await chat.converse("expired tok"); // under a token of its own
  await expect.poll(() => localStorage.getItem("askdocs:pk_test:history:1")).toContain("expired tok");
  await clearPage(); // and the tab's storage with it
  chat = await new Chat({ storage: "device" }).open();
  const earlier = (): string[] => chat.all("[part=earlier] > :first-child").map((each) => each.textContent);
  await expect.poll(earlier).toEqual(["expired tok", expect.stringMatching(/^hello there/)]);
  expect(chat.find(".log").scrollWidth, "a long question is cut").toBe(chat.find(".log").clientWidth);

  chat.all("[part=earlier]")[1]!.click();
  await expect.poll(() => chat.turns[0]?.querySelector("[part=question]")?.textContent).toMatch(/^hello there/);
  await chat.converse("hallo");
  chat.button("New conversation").click();
  await expect.poll(earlier).toEqual([expect.stringMatching(/^hello there/), "expired tok"]);
  chat.button("Clear this list").click();
  expect(chat.all("[part=history]")).toEqual([]);
  expect(Object.keys(localStorage)).toEqual([]);
});

test("a conversation that is deleted is in no list, and none is kept unless the host says so", async () => {
  localStorage.clear();
  let chat = await new Chat({ storage: "device" }).open();
  await chat.converse("hello");
  await expect.poll(() => Object.keys(localStorage)).toHaveLength(1);
  chat.button("Delete conversation").click();
  await vi.waitFor(() => chat.button("Delete it for good?").click());
  await expect.poll(() => Object.keys(localStorage)).toEqual([]);
  await clearPage();
  chat = await new Chat().open();
  await chat.converse("hello");
  expect(Object.keys(localStorage)).toEqual([]);
});
