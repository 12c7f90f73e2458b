/** What a site says to the chat on its pages, what it says is kept, and whose conversation is shown. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { Chat, clearPage } from "./chat.js";

afterEach(async () => {
  vi.restoreAllMocks();
  await clearPage();
  localStorage.clear();
});

const starters = (chat: Chat): string[] => chat.all(".welcome > ul li").map(({ textContent }) => textContent);
const exits = (chat: Chat): string[] => chat.all(".exits a").map((link) => (link as HTMLAnchorElement).href);
const isThere = (chat: Chat, name: string): boolean => chat.all("button").some((each) => (each.ariaLabel ?? each.textContent) === name && each.checkVisibility());

/** Once it has heard the site. */
async function heard(chat: Chat): Promise<Chat> {
  await chat.open();
  await expect.poll(() => isThere(chat, "What is kept?")).toBe(true);
  return chat;
}

describe("what the site says", () => {
  test("is asked for once, after the chat was opened, which does not wait for it", async () => {
    let answer = (): void => undefined;
    const asked: string[] = [];
    const real = fetch;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      asked.push(input as string);
      await new Promise<void>((resolve) => (answer = resolve));
      return real(input, init);
    });
    const chat = new Chat({ "site-key": "pk_says" });
    chat.launcher.dispatchEvent(new PointerEvent("pointerenter")); // loads the panel
    await expect.poll(() => chat.all("dialog")).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toEqual([]);
    await chat.open();
    expect(chat.isShown).toBe(true);
    await expect.poll(() => asked).toEqual(["/api/v1/sites/pk_says/chat-settings"]);
    answer();
    await expect.poll(() => starters(chat)).toEqual(["How do I install it?", "What does it cost?"]);
    chat.element.close();
    await chat.open();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toHaveLength(1);
  });

  test("gives questions to begin with and links below an answer", async () => {
    const chat = await heard(new Chat({ "site-key": "pk_says" }));
    expect(starters(chat)).toEqual(["How do I install it?", "What does it cost?"]);
    await chat.converse("hello");
    await expect.poll(() => exits(chat)).toEqual(["https://docs.example/search?q=hello", "mailto:help@docs.example"]);
  });

  test("is behind what the page says", async () => {
    const chat = await heard(new Chat({ "site-key": "pk_says", suggestions: "Why?", "search-url": "/find/{question}", "support-url": "" }));
    expect(starters(chat)).toEqual(["Why?"]);
    await chat.converse("hello");
    expect(exits(chat)).toEqual([`${location.origin}/find/hello`]);
    const given = await heard(new Chat({ "site-key": "pk_consent", consent: "given" }));
    await given.converse("hello");
    expect(sessionStorage.getItem("askdocs:pk_consent:version:1.0")).toContain("hello");
  });

  test("may be that readers must consent: what was kept before that was known is removed, and the host hears", async () => {
    const asked = vi.fn();
    document.addEventListener("askdocs:consent", asked, { once: true });
    const chat = await heard(new Chat({ "site-key": "pk_consent", storage: "device" }));
    await chat.converse("hello");
    dispatchEvent(new PageTransitionEvent("pagehide"));
    expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)]).toEqual([]);
    expect(asked).toHaveBeenCalledOnce();
    chat.element.setConsent(true);
    expect(sessionStorage.getItem("askdocs:pk_consent:version:1.0")).toContain("hello");
  });

  test("may be that nothing is stored: then nothing is offered that would be refused, and no address that could run", async () => {
    const chat = await heard(new Chat({ "site-key": "pk_unstored" }));
    await chat.converse("hello");
    expect(["Helpful", "Not helpful", "Copy answer", "Delete conversation"].map((name) => isThere(chat, name))).toEqual([false, false, true, true]);
    expect(exits(chat)).toEqual([]);
  });

  test("is nothing where the server is older: the chat is as it was", async () => {
    const chat = await new Chat({ "site-key": "pk_older", "search-url": "/find" }).open();
    await chat.converse("hello");
    expect([isThere(chat, "What is kept?"), isThere(chat, "Helpful"), exits(chat).length]).toEqual([false, true, 1]);
  });
});

test("what is kept is shown at a press, in the language of the chat, with the policy, and goes at the next one", async () => {
  const chat = await new Chat({ "site-key": "pk_says", locale: "de" }).open();
  await vi.waitFor(() => chat.button("Was wird gespeichert?").click());
  await vi.waitFor(() => chat.find(".kept"));
  expect(chat.find(".kept").textContent).toContain("werden bis 30 Tage nach der letzten Frage aufbewahrt. Sicherungen");
  expect(chat.find(".kept").textContent).toContain("E-Mail-Adressen und Telefonnummern");
  expect((chat.find(".kept a") as HTMLAnchorElement).href).toBe("https://docs.example/privacy");
  expect(chat.button("Was wird gespeichert?").ariaExpanded).toBe("true");
  chat.button("Was wird gespeichert?").click();
  await expect.poll(() => chat.all(".kept")).toEqual([]);
  expect(chat.button("Was wird gespeichert?").ariaExpanded).toBe("false");
});

test("whoever is not signed in is told so where only members may ask", async () => {
  const chat = await new Chat({ "site-key": "pk_members" }).open();
  const turn = await chat.converse("hello");
  expect(turn.querySelector(".failure p")!.textContent).toBe("Sign in to ask here.");
  chat.element.setUser(tokenOf("ada"));
  await expect.poll(() => chat.turns[0]?.querySelector(".answer")?.textContent).toContain("Run");
  expect(chat.turns).toHaveLength(1);
});

test("a question that waits for its reader to sign in is answered then", async () => {
  const chat = new Chat({ "site-key": "pk_members" });
  chat.element.addEventListener("askdocs:user", (event) => {
    event.preventDefault();
    setTimeout(() => chat.element.setUser(tokenOf("ada")), 50);
  });
  await chat.open();
  await chat.send("hello");
  await expect.poll(() => chat.turns.map((turn) => turn.querySelector(".answer")?.textContent)).toEqual([expect.stringContaining("Run")]);
  await expect.poll(() => chat.heard.at(-1)?.type).toBe("answer");
});

function tokenOf(sub: string, exp = 1): string {
  return ["{}", JSON.stringify({ sub, exp }), "{}"].map((part) => btoa(part)).join(".");
}

describe("another user", () => {
  const questions = (chat: Chat): string[] => chat.all("[part=question]").map(({ textContent }) => textContent);

  test("is shown nothing of the one before, who finds it again; another token of the same user changes nothing", async () => {
    const chat = new Chat({ storage: "device" });
    chat.element.setUser(tokenOf("ada"));
    await chat.open();
    await chat.converse("hello from Ada");
    const shown = chat.turns[0];
    chat.element.setUser(tokenOf("ada", 2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(chat.turns[0]).toBe(shown);

    chat.element.setUser(tokenOf("bob"));
    await expect.poll(() => questions(chat)).toEqual([]);
    await expect.poll(() => chat.isShown).toBe(true);
    await chat.converse("hello from Bob");
    chat.button("New conversation").click();
    await expect.poll(() => chat.all(".earlier > :first-child").map(({ textContent }) => textContent)).toEqual(["hello from Bob"]);

    chat.element.setUser(null);
    await expect.poll(() => chat.all(".earlier")).toEqual([]);
    chat.element.setUser(tokenOf("ada", 3));
    await expect.poll(() => questions(chat)).toEqual(["hello from Ada"]);
    expect(JSON.stringify([sessionStorage, localStorage])).not.toContain("bob");
  });

  test("is shown nothing after the page was loaded anew", async () => {
    const before = new Chat();
    before.element.setUser(tokenOf("ada"));
    await before.open();
    await before.converse("hello from Ada");
    before.element.remove();
    await Promise.resolve();
    const after = await new Chat().open();
    expect(questions(after)).toEqual([]);
  });

  test("finds nothing on the device after clear()", async () => {
    const chat = new Chat({ storage: "device" });
    chat.element.setUser(tokenOf("ada"));
    await chat.open();
    await chat.converse("hello from Ada");
    sessionStorage.setItem("of-the-site", "1");
    await chat.element.clear();
    expect(chat.turns).toEqual([]);
    expect([...Object.keys(sessionStorage), ...Object.keys(localStorage)].sort()).toEqual(["askdocs:pk_test:open", expect.stringMatching(/:place$/), "of-the-site"]);
    expect((await chat.converse("hello")).querySelector(".answer")!.textContent).toContain("Run");
  });
});
