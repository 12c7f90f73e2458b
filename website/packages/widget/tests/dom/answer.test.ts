import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { Chat, clearPage } from "./chat.js";

let chat: Chat;

beforeEach(async () => {
  await page.viewport(1280, 800);
  chat = await new Chat().open();
});
afterEach(clearPage);

function text(turn: HTMLElement, selector: string): string {
  return turn.querySelector(selector)?.textContent ?? "";
}

describe("an answer", () => {
  test("has one line before it, which says what is being done", async () => {
    await chat.send("waiting");
    await expect.poll(() => text(chat.turns[0]!, ".status")).toBe("Reading 4 pages…");
    expect(chat.turns[0]!.innerText.replace(/\n+/g, "\n")).toBe("waiting\nReading 4 pages…");
    expect(chat.turns[0]!.ariaBusy).toBe("true");
  });

  test("comes first, and then what it rests on, what it is, and what can be done with it", async () => {
    const turn = await chat.converse("extract");
    const parts = ["question", "answer", "sources", "notice", "actions"];
    const tops = parts.map((part) => turn.querySelector(`[part=${part}]`)!.getBoundingClientRect().top);
    expect(tops).toEqual(tops.toSorted((one, other) => one - other));
    expect(chat.find(".sources").clientHeight).toBeLessThan(35);
  });

  test("has one line of what it cites, which opens to a list: title, heading path, sentence, and the pages that were found", async () => {
    await chat.converse("hello");
    const shown = (selector: string): string[] => chat.all(selector).filter((link) => link.checkVisibility()).map((link) => link.textContent);
    expect(shown(".source")).toEqual(["1Quick start", "2 · 4Configuration"]);
    chat.button("Sources 4").click();
    await expect.poll(() => shown(".entry")).toEqual([
      "1Quick start › InstallRun make setup once; it leaves askdocs in .venv/bin.",
      "2 · 4Configuration › Environment variables › SecretsA variable that ends in _FILE names a file to read the secret from.",
      "3Databases",
      "5Widget attributes that have a long title",
    ]);
    expect(shown(".source")).toEqual([]);
    chat.button("Sources 4").click();
    expect(shown(".source")).toHaveLength(2);
  });

  test("has marks of 24 pixels that do not part its lines", async () => {
    const turn = await chat.converse("hello");
    for (const mark of turn.querySelectorAll<HTMLElement>(".mark")) {
      mark.scrollIntoView({ block: "center" });
      const { left, right, top, bottom } = mark.getBoundingClientRect();
      const [x, y] = [(left + right) / 2 - 1, (top + bottom) / 2];
      for (const [dx, dy] of [[0, -11], [0, 11], [-11, 0], [11, 0]] as const) {
        expect(chat.root.elementFromPoint(x + dx, y + dy), `${dx} ${dy}`).toBe(mark);
      }
    }
    const line = parseFloat(getComputedStyle(turn).lineHeight);
    expect(turn.querySelector(".answer p")!.clientHeight).toBeLessThanOrEqual(Math.ceil(2 * line));
  });

  test("shows where a mark leads: with the focus, under the pointer, and never by moving anything", async () => {
    const turn = await chat.converse("hello");
    const log = chat.find("[role=log]");
    const mark = turn.querySelector<HTMLElement>(".mark")!;
    const isShown = (): boolean => chat.find(".preview").checkVisibility();
    const before = [log.scrollHeight, log.scrollTop, mark.offsetTop];
    chat.find("[role=log]").focus();
    await userEvent.keyboard("{Tab}");
    expect(chat.root.activeElement).toBe(mark);
    await expect.poll(isShown).toBe(true);
    expect(chat.find(".preview").innerText.replace(/\n+/g, "\n")).toBe("Quick start › Install\nRun make setup once; it leaves askdocs in .venv/bin.\nVersion 1.0");
    expect([log.scrollHeight, log.scrollTop, mark.offsetTop]).toEqual(before);
    await userEvent.keyboard("{Escape}");
    expect([isShown(), chat.isShown]).toEqual([false, true]);
    expect(chat.root.activeElement).toBe(mark);
    chat.input.focus();
    await userEvent.hover(turn.querySelectorAll(".mark")[1]!);
    await expect.poll(isShown).toBe(true);
    expect(chat.find(".preview").textContent).toContain("You need Python and Node.");
    await userEvent.hover(chat.find("[part=header]"));
    await expect.poll(isShown).toBe(false);
  });

  test("has marks that lead each to its sentence", async () => {
    const turn = await chat.converse("hello");
    const marks = [...turn.querySelectorAll<HTMLAnchorElement>(".mark")];
    expect(marks.map((mark) => mark.getAttribute("href"))).toEqual([
      "/docs/start/quick-start#install:~:text=Run%20make%20setup%20once%3B,-it%20leaves",
      "/docs/start/quick-start#install:~:text=You%20need%20Python%20and%20Node.",
      "/docs/operate/configuration#environment-variables:~:text=A%20variable%20that%20ends,to%20read%20the%20secret%20from.",
      "/docs/operate/configuration#environment-variables:~:text=The%20server%20reads%20the%20secret",
    ]);
    expect(marks[1]!.ariaLabel).toBe("Source 1: Quick start > Install: “You need Python and Node.”");
  });

  test("of an older server has marks that lead to the heading", async () => {
    const turn = await chat.converse("older");
    const marks = [...turn.querySelectorAll<HTMLAnchorElement>(".mark")];
    expect(marks.map((mark) => mark.hash)).toEqual(["#install", "#install", "#environment-variables", "#environment-variables"]);
  });

  test("is drawn as Markdown", async () => {
    const turn = await chat.converse("hello");
    expect(turn.querySelectorAll("ol li")).toHaveLength(2);
    expect(text(turn, "pre code")).toContain("make setup");
    expect(turn.querySelector("pre")).toMatchObject({ tabIndex: 0, ariaLabel: "Code bash" });
    expect(text(turn, "td:last-child")).toBe("–");
  });

  test("shows long lines of its code whole at a press", async () => {
    const chat = await new Chat().open();
    const turn = await chat.converse(`hostile \`\`\`sh\necho ${"one ".repeat(60)}\n\`\`\`\n\n\`\`\`sh\nmake\n\`\`\``);
    const [long, short] = turn.querySelectorAll("pre");
    await expect.poll(() => turn.querySelectorAll("[part=wrap]").length).toBe(1);
    expect(long!.scrollWidth).toBeGreaterThan(long!.clientWidth);
    chat.button("Wrap lines").click();
    expect(long!.scrollWidth).toBe(long!.clientWidth);
    expect(chat.button("Wrap lines").ariaPressed).toBe("true");
    chat.button("Wrap lines").click();
    expect(long!.scrollWidth).toBeGreaterThan(long!.clientWidth);
    expect(short!.textContent).toBe("make");
  });

  test("can be asked about: the session goes along", async () => {
    await chat.converse("hello");
    await chat.converse("and then?");
    const stored = JSON.parse(sessionStorage.getItem("askdocs:pk_test:version:1.0")!) as { session: string };
    expect(stored.session).toBe("tok_1");
    expect(chat.turns).toHaveLength(2);
  });

  test("that the docs do not hold is said to be missing once, by the server", async () => {
    const turn = await chat.converse("nothing about this");
    expect(text(turn, ".answer")).toContain("I found nothing that answers this.");
    expect(text(turn, ".notice")).toBe("Version 1.0");
    expect(turn.querySelector(".sources")).toBeNull();
  });

  test("by a model that rests on nothing in the docs says so", async () => {
    expect(text(await chat.converse("unfounded"), ".notice")).toContain("Not answered in the docs.");
  });

  test("names the version and the language that it speaks for, where there are several", async () => {
    expect(text(await chat.converse("german"), ".notice")).toBe("Version 2.0 · Deutsch");
    expect(text(await chat.converse("hello"), ".notice")).toBe("Version 1.0");
  });

  test("that no model wrote says so", async () => {
    expect(text(await chat.converse("extract"), ".notice")).toContain("Quoted from the docs: no model wrote this.");
  });

  test("is announced in sentences, and its end with the number of sources", async () => {
    const said: string[] = [];
    const status = chat.find("[role=status].unseen");
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    await chat.converse("slow");
    await expect.poll(() => said.at(-1), { timeout: 5000 }).toContain("Answer complete. Sources: 2.");
    expect(said[0]).toBe("Searching the docs…");
    expect(said.length).toBeLessThan(9);
    expect(chat.find("[role=log]").ariaLive).toBe("off");
  });
});

describe("stopping", () => {
  test("Escape stops first and closes then; what was said stays", async () => {
    await chat.send("endless");
    await expect.poll(() => text(chat.turns[0]!, ".answer")).toContain("goes on");
    await userEvent.keyboard("{Escape}");
    await expect.poll(() => text(chat.turns[0]!, ".note")).toContain("Stopped.");
    expect(text(chat.turns[0]!, ".answer")).toContain("It begins well.");
    expect(chat.isShown).toBe(true);
    await userEvent.keyboard("{Escape}");
    expect(chat.isShown).toBe(false);
  });

  test("the button stops too, and asking goes on", async () => {
    await chat.send("endless");
    chat.button("Stop").click();
    await expect.poll(() => chat.turns[0]!.ariaBusy).toBe("false");
    expect(text(await chat.converse("hello"), ".answer")).toContain("make setup");
  });
});

describe("failures", () => {
  const failures = {
    limited: "Too many questions just now. Wait a moment.",
    failing: "The answering service has a problem.",
    forbidden: `Pages of ${location.origin} may not ask here. If the site is yours, add this origin to it: askdocs site set-origins.`,
    disabled: "This chat is switched off.",
    unknown: "This site is not known to the answering service.",
    refused: "The question holds no words.",
    broken: "The model refused this question.",
    truncated: "The connection broke before the answer was complete.",
  };
  for (const [question, message] of Object.entries(failures)) {
    test(`${question}: the reader is told`, async () => {
      expect(text(await chat.converse(question), ".failure p")).toBe(message);
      expect(chat.heard.at(-1)?.type).toBe("error");
    });
  }

  test("half an answer is kept", async () => {
    expect(text(await chat.converse("truncated"), ".answer")).toBe("Half an answer, and then");
  });

  test("half an answer is kept while it is asked for again, and when that fails", async () => {
    await chat.converse(`wavering ${crypto.randomUUID()}`);
    chat.button("Try again").click();
    expect(text(chat.turns[0]!, ".answer")).toBe("Half an answer, and then");
    await expect.poll(() => text(chat.turns[0]!, ".failure p")).toBe("The answering service has a problem.");
    expect(text(chat.turns[0]!, ".answer")).toBe("Half an answer, and then");
  });

  test("too many questions: the button counts down, and the wait is said once", async () => {
    const said: string[] = [];
    const status = chat.find("[role=status].unseen");
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    const turn = await chat.converse("limited");
    const button = turn.querySelector<HTMLButtonElement>(".failure button")!;
    expect([button.disabled, button.textContent]).toEqual([true, "Try again in 42 s"]);
    await expect.poll(() => button.textContent).toBe("Try again in 41 s");
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 42_000);
    await expect.poll(() => [button.disabled, button.textContent]).toEqual([false, "Try again"]);
    vi.restoreAllMocks();
    expect(said.join(" ").match(/Try again in \d+ s/g)).toEqual(["Try again in 42 s"]);
  });

  test("trying again asks the same question in the same place", async () => {
    await chat.converse(`recovering ${crypto.randomUUID()}`);
    chat.button("Try again").click();
    await expect.poll(() => text(chat.turns[0]!, ".answer")).toContain("make setup");
    expect(chat.turns).toHaveLength(1);
    expect(chat.turns[0]!.querySelector(".failure")).toBeNull();
  });

  test("offline is told apart", async () => {
    chat.element.setAttribute("api", "http://127.0.0.1:1");
    chat.element.setAttribute("site-key", "pk_other");
    await expect.poll(() => chat.root.querySelectorAll("dialog").length).toBe(1);
    Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
    const turn = await chat.converse("hello");
    Reflect.deleteProperty(navigator, "onLine");
    expect(text(turn, ".failure p")).toBe("You are offline. Your question is kept.");
  });
});

describe("feedback", () => {
  test("a thumb up is sent at once", async () => {
    await chat.converse("hello");
    chat.button("Helpful").click();
    await expect.poll(() => text(chat.turns[0]!, ".feedback")).toBe("Thank you.");
    expect(chat.button("Helpful").ariaPressed).toBe("true");
    expect(chat.heard.at(-1)).toEqual({ type: "feedback", detail: { messageId: expect.stringMatching(/^m_/) as string, vote: "up", reason: "" } });
  });

  test("a thumb down may say why, in a word and more", async () => {
    await chat.converse("hello");
    chat.button("Not helpful").click();
    await expect.poll(() => chat.heard.at(-1)?.type).toBe("feedback");
    chat.button("Out of date").click();
    (chat.find(".feedback textarea") as HTMLTextAreaElement).value = "See 2.0";
    chat.button("Send feedback").click();
    await expect.poll(() => text(chat.turns[0]!, ".feedback")).toBe("Thank you.");
    expect(chat.heard.at(-1)).toEqual({ type: "feedback", detail: { messageId: expect.stringMatching(/^m_/) as string, vote: "down", reason: "outdated" } });
    expect(chat.root.activeElement).toBe(chat.button("Not helpful"));
  });
});

describe("the log", () => {
  test("follows an answer no further than its question stays in view", async () => {
    const log = chat.find("[role=log]");
    await chat.converse("hello");
    await chat.converse("hello");
    const question = (): number => chat.turns[1]!.getBoundingClientRect().top - log.getBoundingClientRect().top;
    await expect.poll(() => Math.abs(question())).toBeLessThan(2);
    await expect.poll(() => chat.find(".latest").checkVisibility()).toBe(true);
  });

  test("shows a new question at its top, and from then on nothing moves that is read", async () => {
    const log = chat.find("[role=log]");
    await chat.converse("nothing");
    await chat.send("slow");
    await expect.poll(() => text(chat.turns[1]!, ".answer")).not.toBe("");
    const shown = (part: string): number => Math.round(chat.turns[1]!.querySelector(part)!.getBoundingClientRect().top - log.getBoundingClientRect().top);
    await expect.poll(() => chat.turns[1]!.querySelector(".mark")).not.toBeNull();
    const mark = chat.turns[1]!.querySelector<HTMLAnchorElement>(".mark")!;
    const seen = new Set<string>();
    let over = false;
    const look = (): void => {
      if (!over && chat.turns.length === 2) {
        seen.add([".question", ".answer", ".answer > *"].map(shown).join());
        requestAnimationFrame(look);
      }
    };
    look();
    chat.input.value = "a\nb\nc"; // The field grows, and the log shrinks.
    chat.input.dispatchEvent(new Event("input"));
    await expect.poll(() => chat.turns[1]!.querySelector(".actions"), { timeout: 10_000 }).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 100));
    over = true;
    expect(chat.find(".latest").checkVisibility()).toBe(true); // It was longer than the log.
    expect([...seen]).toHaveLength(1);
    expect(chat.turns[1]!.querySelector(".mark")).toBe(mark); // It leads to its sentence by now.
    expect(mark.hash).toContain(":~:text=");
    expect(Math.abs(shown(".question"))).toBeLessThan(40);
  });

  test("goes to the end at a press, and follows from there", async () => {
    const log = chat.find("[role=log]");
    const isAtEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    await chat.converse("hello");
    log.scrollTop = 0;
    await expect.poll(() => chat.find(".latest").checkVisibility()).toBe(true);
    chat.button("Jump to the latest").click();
    await expect.poll(isAtEnd).toBe(true);
    await expect.poll(() => chat.find(".latest").checkVisibility()).toBe(false);
  });

  test("goes to a new question when somebody asks from further up", async () => {
    const log = chat.find("[role=log]");
    await chat.converse("hello");
    await chat.converse("hello");
    log.scrollTop = 0;
    await expect.poll(() => log.scrollTop).toBe(0);
    await chat.converse("nothing");
    const shown = (): number => chat.turns[2]!.getBoundingClientRect().top - log.getBoundingClientRect().top;
    await expect.poll(() => shown() > -2 && shown() < log.clientHeight).toBe(true);
  });

  test("does not pull a reader down who reads above", async () => {
    const log = chat.find("[role=log]");
    await chat.converse("hello");
    await chat.send("slow");
    await expect.poll(() => text(chat.turns[1]!, ".answer")).not.toBe("");
    log.scrollTop = 0;
    await expect.poll(() => chat.turns[1]!.ariaBusy, { timeout: 10_000 }).toBe("false");
    expect(log.scrollTop).toBe(0);
  });
});

describe("the conversation", () => {
  test("begins anew at a press", async () => {
    await chat.converse("hello");
    chat.button("New conversation").click();
    expect(chat.turns).toHaveLength(0);
    expect(chat.find("[part=welcome]").checkVisibility()).toBe(true);
    expect(sessionStorage.getItem("askdocs:pk_test:version:1.0")).toBeNull();
  });

  test("can be deleted, on the server too", async () => {
    await chat.converse("hello");
    chat.button("Delete conversation").click();
    expect(chat.turns).toHaveLength(1);
    await vi.waitFor(() => chat.button("Delete it for good?").click());
    await expect.poll(() => chat.turns.length).toBe(0);
    await expect.poll(() => chat.find("[role=status].unseen").textContent).toContain("The conversation was deleted.");
  });

  test("is another one in another version", async () => {
    await chat.converse("hello");
    chat.element.setAttribute("version", "2.0");
    expect(chat.turns).toHaveLength(0);
    chat.element.setAttribute("version", "1.0");
    expect(chat.turns).toHaveLength(1);
  });

  test("comes back after the page was loaded again, open as it was, without taking the focus", async () => {
    await chat.converse("hello");
    const before = chat.turns[0]!.textContent;
    chat.element.remove();
    await Promise.resolve();
    chat = new Chat();
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.turns[0]!.textContent).toBe(before);
    expect(chat.root.activeElement).toBeNull();
  });

  test("of several turns comes back from its last turn on, where its reader was", async () => {
    for (const question of ["hello", "hello again", "hello for the last time"]) {
      await chat.converse(question);
    }
    const before = chat.turns.map(({ textContent }) => textContent);
    const top = (): number => Math.round(chat.turns[1]!.getBoundingClientRect().top - chat.find("[role=log]").getBoundingClientRect().top);
    chat.find("[role=log]").scrollTop += top() - 10;
    await expect.poll(top).toBe(10);
    dispatchEvent(new Event("pagehide"));
    chat.element.remove();
    chat = new Chat();
    await expect.poll(() => chat.isShown).toBe(true);
    expect(chat.turns[2]!.textContent).not.toBe("");
    await expect.poll(() => chat.turns.map(({ textContent }) => textContent)).toEqual(before);
    await expect.poll(top).toBe(10);
  });

  test("is not stored where the host forbids it", async () => {
    await clearPage();
    chat = await new Chat({ storage: "none" }).open();
    await chat.converse("hello");
    expect(sessionStorage.length).toBe(0);
  });
});

describe("following a citation", () => {
  function addHeading(): void {
    const main = document.createElement("main");
    const heading = document.createElement("h2");
    heading.id = "install";
    const paragraph = document.createElement("p");
    paragraph.textContent = "Run make setup once; it leaves askdocs in .venv/bin.";
    main.append(heading, paragraph);
    document.body.append(main);
  }

  test("to this page marks the sentence without loading anything", async () => {
    const here = location.pathname + location.search;
    history.replaceState(null, "", "/docs/start/quick-start");
    addHeading();
    await chat.converse("hello");
    chat.find(".mark").click();
    await expect.poll(() => [...(CSS.highlights.get("askdocs-quote") ?? [])].map(String)).toEqual([
      "Run make setup once; it leaves askdocs in .venv/bin.",
    ]);
    expect(location.hash).toBe("#install");
    CSS.highlights.clear();
    history.replaceState(null, "", here);
  });

  test("goes through the host where it offers that", async () => {
    const here = location.pathname + location.search;
    await chat.converse("hello");
    chat.element.addEventListener("askdocs:navigate", (event) => {
      event.preventDefault();
      history.replaceState(null, "", "/docs/start/quick-start#install");
      addHeading();
    });
    chat.find(".mark").click();
    await expect.poll(() => CSS.highlights.get("askdocs-quote")?.size).toBe(1);
    CSS.highlights.clear();
    history.replaceState(null, "", here);
  });

  test("on a phone makes room for the page", async () => {
    const here = location.pathname + location.search;
    history.replaceState(null, "", "/docs/start/quick-start");
    addHeading();
    await page.viewport(390, 844);
    await chat.converse("hello");
    chat.find(".mark").click();
    expect(chat.isShown).toBe(false);
    CSS.highlights.clear();
    history.replaceState(null, "", here);
  });
});
