/** What hosts say to the chat and hear of it. */

import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Chat, clearPage } from "./chat.js";

afterEach(clearPage);
afterEach(() => vi.restoreAllMocks());

/** What the chat sent since, each with its body and headers. */
function listen(): { path: string; body: Record<string, unknown>; headers: Headers; signal: AbortSignal }[] {
  const sent: ReturnType<typeof listen> = [];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const request = new Request(input, { ...init, signal: null });
    if (request.url.endsWith("/chat-settings")) {
      return real(input, init); // What the site says is asked for meanwhile.
    }
    const body = typeof init?.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    sent.push({ path: new URL(request.url).pathname, body, headers: request.headers, signal: init!.signal! });
    return real(input, init);
  });
  return sent;
}

describe("setContext", () => {
  test("says where questions are asked from, before the panel is there and after", async () => {
    const sent = listen();
    const chat = new Chat({ version: "1.0" });
    chat.element.setContext({ pageUrl: "app:/settings", pageTitle: "Settings", versionLabel: "One" });
    await chat.open();
    expect(chat.find(".version").textContent).toBe("One");
    await chat.converse("hello");
    expect(sent[0]?.body).toMatchObject({ page: { url: "app:/settings", title: "Settings" }, version: "1.0", locale: "en" });

    chat.element.setContext({ version: "2.0", pageTitle: null, locale: "de" });
    await expect.poll(() => chat.root.querySelector("h2")?.textContent).toBe("Doku fragen");
    expect(chat.turns, "another version has another conversation").toEqual([]);
    await chat.converse("hello");
    expect(sent.at(-1)?.body).toMatchObject({ page: { url: "app:/settings", title: document.title }, version: "2.0", locale: "de" });
  });
});

describe("setUser", () => {
  test("says who asks with every request, stores it nowhere and not in the page", async () => {
    const sent = listen();
    const chat = new Chat();
    chat.element.setUser("token-of-ada");
    await chat.open();
    await chat.converse("hello");
    chat.button("Helpful").click();
    await expect.poll(() => chat.heard.at(-1)?.type).toBe("feedback");
    expect(sent.map(({ headers }) => headers.get("x-askdocs-user"))).toEqual(["token-of-ada", "token-of-ada"]);
    expect(sent[1]?.headers.get("content-type")).toBe("application/json");
    const kept = JSON.stringify([sessionStorage, localStorage, chat.element.outerHTML, document.cookie]);
    expect(kept).not.toContain("token-of-ada");
    chat.element.setUser(null);
    await chat.converse("hello");
    expect(sent.at(-1)?.headers.has("x-askdocs-user")).toBe(false);
  });

  test("with another token answers the event that says that one has expired, at once or when it has come", async () => {
    const sent = listen();
    const chat = new Chat();
    chat.element.addEventListener("askdocs:user", (event) => {
      expect(event.detail.message).toBe("The token has expired.");
      event.preventDefault();
      setTimeout(() => chat.element.setUser("fresh"), 100);
    });
    chat.element.setUser("expired");
    expect(await chat.element.ask("hello")).toBe(true);
    expect(chat.heard.map(({ type }) => type)).toEqual(["open", "question", "answer"]);
    expect(sent.map(({ headers }) => headers.get("x-askdocs-user"))).toEqual(["expired", "fresh"]);
  });

  test("without another token, the reader is told in words and can try again", async () => {
    const chat = new Chat();
    chat.element.setUser("expired");
    await chat.element.ask("hello");
    expect(chat.find("[part=error]").textContent).toBe("Your session has ended. Reload this page, or sign in again.Try again");
    expect(chat.heard.at(-1)).toMatchObject({ type: "error", detail: { code: "user" } });
    chat.element.setUser("fresh");
    chat.button("Try again").click();
    await expect.poll(() => chat.heard.at(-1)?.type).toBe("answer");
  });
});

describe("consent", () => {
  test("is asked for when somebody is about to ask: without more the question is asked, and nothing of it stored", async () => {
    const chat = new Chat({ consent: "required" });
    const asked = vi.fn();
    document.addEventListener("askdocs:consent", asked, { once: true });
    await chat.element.ask("hello");
    expect(asked).toHaveBeenCalledOnce();
    expect([chat.turns.length, sessionStorage.length]).toEqual([1, 0]);
    chat.element.setConsent(true);
    expect(sessionStorage.getItem("askdocs:pk_test:version:1.0")).toContain("hello");
    chat.element.setConsent(false);
    expect(sessionStorage).toHaveLength(0);
  });

  test("a host may have the question wait for it", async () => {
    const sent = listen();
    const chat = await new Chat({ consent: "required", suggestions: "Why?" }).open();
    chat.element.addEventListener("askdocs:consent", (event) => event.preventDefault());
    chat.button("Why?").click();
    await chat.send("Why?");
    expect([chat.input.value, chat.turns.length, sent.length]).toEqual(["Why?", 0, 0]);
    chat.element.setConsent(true);
    await userEvent.keyboard("{Enter}");
    await expect.poll(() => chat.turns).toHaveLength(1);
  });
});

test("what readers write is the host's to hear only where it says so", async () => {
  const chat = new Chat();
  await chat.element.ask("hello there");
  expect(JSON.stringify(chat.heard)).not.toContain("hello there");
  chat.element.setAttribute("events", "with-text");
  await chat.element.ask("hello there");
  expect(chat.heard.filter(({ type }) => type === "question").map(({ detail }) => detail)).toEqual([{}, { question: "hello there" }]);
});

describe("destroy", () => {
  /** What listens to the page and waits for time, as far as it was begun after this was called. */
  function watch(): { listeners: Set<string>; timers: Set<number> } {
    const listeners = new Set<string>();
    const timers = new Set<number>();
    const ids = new WeakMap<object, number>();
    let id = 0;
    const name = (target: EventTarget, type: string, listener: unknown): string | undefined => {
      const isPages = target === window || target === document || target instanceof MediaQueryList || target instanceof BroadcastChannel;
      if (!isPages || typeof listener !== "function") {
        return undefined;
      }
      ids.set(listener, ids.get(listener) ?? ++id);
      return `${target.constructor.name} ${type} ${ids.get(listener)}`;
    };
    // The test's window has its own.
    for (const owner of [EventTarget.prototype, window]) {
      // eslint-disable-next-line @typescript-eslint/unbound-method -- They are called with their targets.
      const { addEventListener: add, removeEventListener: remove }: EventTarget = owner;
      vi.spyOn(owner, "addEventListener").mockImplementation(function (this: EventTarget | undefined, type, listener, options) {
        const known = name(this ?? window, type, listener);
        if (known) {
          listeners.add(known);
          (options as AddEventListenerOptions | undefined)?.signal?.addEventListener("abort", () => listeners.delete(known));
        }
        add.call(this ?? window, type, listener, options);
      });
      vi.spyOn(owner, "removeEventListener").mockImplementation(function (this: EventTarget | undefined, type, listener, options) {
        listeners.delete(name(this ?? window, type, listener) ?? "");
        remove.call(this ?? window, type, listener, options);
      });
    }
    for (const [begin, end] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]] as const) {
      const [real, stop] = [globalThis[begin], globalThis[end]];
      vi.spyOn(globalThis, begin).mockImplementation(((run: () => void, after: number) => {
        const timer = real(() => {
          if (begin === "setTimeout") {
            timers.delete(timer);
          }
          run();
        }, after) as unknown as number; // Node's is an object.
        timers.add(timer);
        return timer;
      }) as unknown as typeof setTimeout);
      vi.spyOn(globalThis, end).mockImplementation((timer) => {
        timers.delete(timer as number);
        stop(timer);
      });
    }
    return { listeners, timers };
  }

  test("takes the chat off the page with all that it listens and waits for, amid an answer too", async () => {
    const { listeners, timers } = watch();
    const sent = listen();
    const chat = await new Chat({ layout: "docked" }).open();
    await chat.converse("hello");
    await chat.send("endless");
    await expect.poll(() => chat.turns[1]?.textContent).toContain("It begins");
    const heard = [...listeners].map((each) => each.split(" ")[1]);
    expect(heard).toEqual(expect.arrayContaining(["change", "click", "keydown", "offline", "pagehide", "resize"]));
    chat.element.destroy();
    await Promise.resolve();
    expect(document.querySelector("askdocs-chat")).toBeNull();
    await expect.poll(() => [...listeners]).toEqual([]);
    expect(sent.at(-1)?.signal.aborted).toBe(true);
    expect(document.documentElement.style.paddingRight).toBe("");
    await expect.poll(() => timers.size).toBe(0);
    dispatchEvent(new PageTransitionEvent("pagehide"));
  });

  test("before the panel has come leaves nothing either", async () => {
    const { listeners } = watch();
    const chat = new Chat();
    const opening = chat.element.open();
    chat.element.destroy();
    await opening;
    await Promise.resolve();
    expect([...listeners]).toEqual([]);
    expect(chat.all("dialog")).toEqual([]);
    onTestFinished(() => chat.element.remove());
    document.body.append(chat.element);
    await chat.open();
    expect(chat.isShown, "and it may come back").toBe(true);
  });
});

describe("two chats on a page", () => {
  function pair(): [Chat, Chat] {
    return [new Chat({ "site-key": "pk_one" }), new Chat({ "site-key": "pk_two" })];
  }

  test("the keys open the first one, and close the one that they are pressed in", async () => {
    const [first, second] = pair();
    await userEvent.keyboard("{Control>}i{/Control}");
    await expect.poll(() => [first.isShown, second.isShown]).toEqual([true, false]);
    await second.open();
    second.find("[part=close]").focus();
    await userEvent.keyboard("{Control>}i{/Control}");
    expect([first.isShown, second.isShown]).toEqual([true, false]);
  });

  test("what opens the chat opens one of them, and each keeps to its own site", async () => {
    const sent = listen();
    const [first, second] = pair();
    const opener = document.createElement("button");
    opener.dataset.askdocsOpen = "hello";
    document.body.append(opener);
    opener.click();
    await expect.poll(() => first.turns[0]?.ariaBusy).toBe("false");
    expect(second.isShown).toBe(false);
    await second.element.ask("hallo");
    expect(sent.map(({ path }) => path)).toEqual(["/api/v1/sites/pk_one/chat", "/api/v1/sites/pk_two/chat"]);
    expect(sessionStorage.getItem("askdocs:pk_one:version:1.0")).toContain("hello");
    expect(sessionStorage.getItem("askdocs:pk_two:version:1.0")).not.toContain("hello");
  });
});

test("the element may move within the page amid an answer, which goes on", async () => {
  const sent = listen();
  const chat = await new Chat({ storage: "none" }).open();
  await chat.send("slow and steady");
  await expect.poll(() => chat.turns[0]?.textContent).toContain("Run make");
  document.body.append(document.createElement("div"));
  document.body.lastElementChild!.append(chat.element);
  await chat.element.open();
  await expect.poll(() => chat.turns[0]?.ariaBusy, { timeout: 15_000 }).toBe("false");
  expect(chat.turns[0]?.textContent).toContain("for the rest.");
  expect(sent).toHaveLength(1);
});
