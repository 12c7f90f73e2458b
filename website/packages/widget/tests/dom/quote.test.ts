import { afterEach, describe, expect, test } from "vitest";
import { awaitQuote, findQuote, showQuote } from "../../src/quote.js";

function createPage(...sections: [id: string, ...paragraphs: string[]][]): HTMLElement {
  const main = document.createElement("main");
  for (const [id, ...paragraphs] of sections) {
    const heading = document.createElement("h2");
    heading.id = id;
    heading.textContent = id;
    main.append(heading);
    for (const text of paragraphs) {
      const paragraph = document.createElement("p");
      // Words between stars stand in elements of their own.
      paragraph.append(...text.split("*").map((piece, index) => {
        const code = document.createElement("code");
        code.textContent = piece;
        return index % 2 === 1 ? code : piece;
      }));
      main.append(paragraph);
    }
  }
  document.body.append(main);
  return main;
}

afterEach(() => {
  showQuote("", ""); // Nothing is awaited any more.
  document.body.replaceChildren();
  CSS.highlights.clear();
});

test("a quote is found across elements and whatever the white space", () => {
  const main = createPage(["a", "Run *make setup* once;\n   it leaves *askdocs* there."]);
  expect(findQuote(main, "Run make setup once; it\nleaves askdocs")?.toString()).toBe("Run make setup once;\n   it leaves askdocs");
});

test("the quote after the cited heading is meant", () => {
  const main = createPage(["a", "Run it."], ["b", "Run it."]);
  const range = findQuote(main, "Run it.", document.getElementById("b"));
  expect(range?.startContainer.parentElement?.previousElementSibling?.id).toBe("b");
});

test("of two places with the same letters the one with the same signs is meant", () => {
  const main = createPage(["a", "const value = obj?.prop?.val;", ": _obj$prop.val;"]);
  expect(findQuote(main, ": _obj$prop.val;")?.toString()).toBe(": _obj$prop.val;");
});

test("a quote elsewhere on the page is better than none", () => {
  const main = createPage(["a", "Run it."], ["b", "Stop it."]);
  expect(findQuote(main, "Run it.", document.getElementById("b"))?.toString()).toBe("Run it.");
  expect(findQuote(main, "Burn it.")).toBeUndefined();
  expect(findQuote(main, " ")).toBeUndefined();
});

test("showing a quote marks it and opens what hides it", () => {
  const main = createPage(["a"]);
  const details = document.createElement("details");
  details.append("Hidden words.");
  main.append(details);
  showQuote("a", "Hidden words.");
  expect(details.open).toBe(true);
  expect([...CSS.highlights.get("askdocs-quote")!].map(String)).toEqual(["Hidden words."]);
});

test("a heading that is not there does no harm", () => {
  createPage(["a", "Text."]);
  expect(() => showQuote("gone", "Text.")).not.toThrow();
});

describe("on a page that is only just coming", () => {
  const LINES = Array<string>(60).fill("Words between here and there.");
  const QUOTE = "The sentence that is meant.";

  function marked(): Range | undefined {
    return [...(CSS.highlights.get("askdocs-quote") ?? [])][0] as Range | undefined;
  }

  function isSeen(): boolean {
    const range = marked();
    return range !== undefined && isShown(range);
  }

  /** A page that stands at its top and has the sentence far below. */
  function createLongPage(): HTMLElement {
    const main = createPage(["a", ...LINES], ["b", ...LINES, QUOTE, ...LINES]);
    scrollTo(0, 0);
    return main;
  }

  test("the quote is shown once the page has it", async () => {
    const main = createPage(["a", ...LINES]);
    awaitQuote("b", QUOTE);
    main.append(...createPage(["b", ...LINES, QUOTE]).childNodes);
    await expect.poll(isSeen).toBe(true);
    expect(String(marked())).toBe(QUOTE);
  });

  test("a router that scrolls to the heading afterwards does not take it away", async () => {
    createLongPage();
    awaitQuote("b", QUOTE);
    await expect.poll(isSeen).toBe(true);
    document.getElementById("b")!.scrollIntoView();
    expect(isSeen()).toBe(false);
    await expect.poll(isSeen).toBe(true);
  });

  test("nodes that a framework puts in place of those that were found are marked instead", async () => {
    const main = createLongPage();
    awaitQuote("b", QUOTE);
    await expect.poll(isSeen).toBe(true);
    main.replaceChildren(...[...main.childNodes].map((node) => node.cloneNode(true)));
    await expect.poll(() => String(marked())).toBe(QUOTE);
    await expect.poll(isSeen).toBe(true);
  });

  test("a document that stays is not searched before it shows the page", async () => {
    createLongPage();
    let isThere = false;
    awaitQuote("b", QUOTE, () => isThere);
    expect(marked()).toBeUndefined();
    isThere = true;
    document.body.append("The page is there.");
    await expect.poll(isSeen).toBe(true);
  });

  test("readers who scroll are left where they are, and see the mark when they come by", async () => {
    const main = createLongPage();
    awaitQuote("b", "A sentence that comes late.");
    main.dispatchEvent(new WheelEvent("wheel", { bubbles: true }));
    scrollTo(0, 300);
    main.append("A sentence that comes late.");
    await expect.poll(marked).toBeDefined();
    expect(scrollY).toBe(300);
  });

  test("neither is a page moved that somebody has scrolled before the chat came", async () => {
    createLongPage();
    scrollTo(0, 300);
    awaitQuote("b", QUOTE);
    await expect.poll(marked).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 200)); // Nothing happens that could be waited for.
    expect(scrollY).toBe(300);
  });

  test("a sentence that the chat would cover is shown above it, and the chat makes room until somebody turns to it", async () => {
    const chat = document.createElement("askdocs-chat");
    const root = chat.attachShadow({ mode: "open" });
    const dialog = document.createElement("dialog");
    dialog.style.cssText = `position:fixed;inset:auto 0 10px 0;box-sizing:border-box;height:${innerHeight - 20}px;margin:0`;
    dialog.append(document.createElement("button"));
    root.append(dialog);
    dialog.show();
    createLongPage();
    document.body.append(chat);
    awaitQuote("b", QUOTE);
    await expect.poll(isSeen).toBe(true);
    expect(marked()!.getBoundingClientRect().bottom).toBeLessThan(dialog.getBoundingClientRect().top);
    dialog.querySelector("button")!.blur();
    dialog.querySelector("button")!.focus();
    expect(dialog.style.blockSize).toBe("");
  });

  test("a long line of code is shown from its beginning", async () => {
    const main = createPage(["a", ...LINES]);
    const code = document.createElement("pre");
    code.style.overflow = "auto";
    code.textContent = `${"a line that is longer than the view ".repeat(20)}\n`;
    main.append(code);
    code.scrollLeft = 900;
    awaitQuote("a", code.textContent.trim());
    await expect.poll(marked).toBeDefined();
    expect(code.scrollLeft).toBe(0);
  });

  test("scrolling in the chat is not scrolling the page", async () => {
    createLongPage();
    const chat = document.createElement("askdocs-chat");
    document.body.append(chat);
    awaitQuote("b", QUOTE, () => true);
    await expect.poll(isSeen).toBe(true);
    chat.dispatchEvent(new WheelEvent("wheel", { bubbles: true }));
    scrollTo(0, 0);
    await expect.poll(isSeen).toBe(true);
  });
});

/** What sites put into or around a sentence, and how typographers set it: the quote, and the page's HTML. */
const SENTENCES: [quote: string, html: string][] = [
  ["Run make setup once; it leaves askdocs there.", "Run <code>make setup</code> once; it leaves <b>askdocs</b> there."],
  ["Run make setup.", "Run <code>make setup</code>."],
  ['Say "yes" and don\'t wait – it takes a while...', "Say <q>“yes”</q> and don’t wait — it takes a while…"],
  ["See the guide for more.", 'See <a href="#a">the <em>guide</em></a> for more.'],
  ["Press Ctrl + C to stop it.", "Press <kbd>Ctrl</kbd>+<kbd>C</kbd> to stop it."],
  ["It takes `async` functions (and others).", "It takes <code>async</code> functions (and others)."],
  ["Größe and naïve 数据 are letters, too.", "<i>Größe</i> and naïve <span>数据</span> are letters, too."],
  [
    "A sentence that is long enough goes on after a note that stands within it.",
    "A sentence that is long enough<sup>[1]</sup><sup>see the note 12</sup> goes on after a note that stands within it.",
  ],
];

for (const [quote, html] of SENTENCES) {
  test(`the whole sentence is found, whatever is within: ${quote}`, () => {
    const main = document.createElement("main");
    main.append(document.createRange().createContextualFragment(`<p>Before it. ${html} After it.</p>`));
    document.body.append(main);
    const found = findQuote(main, quote)?.toString() ?? "";
    const whole = main.textContent.slice("Before it. ".length, -" After it.".length);
    expect(found).toBe(whole);
  });
}

const HEADERS: Record<string, string> = {
  "a fixed header": "<header style='position:fixed;inset:0 0 auto;height:64px;background:gray'></header>",
  "a sticky header with tabs below it":
    "<header style='position:sticky;top:0;height:60px;background:gray'><b>Site</b></header>" +
    "<nav style='position:sticky;top:60px;height:40px;background:silver'>Tabs</nav>",
  "padding of the site's own":
    "<style>html{scroll-padding-top:80px}</style><header style='position:fixed;inset:0 0 auto;height:64px;background:gray'></header>",
};

for (const [name, header] of Object.entries(HEADERS)) {
  test(`nothing covers what is shown: ${name}`, async () => {
    const lines = "<p>Words between here and there.</p>".repeat(30);
    // A table as tall as three screens is one element's text, whose middle is elsewhere.
    const rows = "<tr><td>Cells of a long table.</td></tr>".repeat(90);
    const html = `${header}<main>${lines}<h2 id="part">Part</h2>${lines}<p style="height:1800px">Tall, and the sentence is at its top.</p>
      <table>${rows}</table><pre>${"code\n".repeat(150)}the line that is meant\n${"code\n".repeat(150)}</pre>${lines}</main>`;
    document.body.append(document.createRange().createContextualFragment(html));
    for (const [id, quote] of [["part", ""], ["part", "the sentence is at its top."], ["part", "the line that is meant"]] as const) {
      showQuote(id, quote);
      const place = quote === "" ? document.getElementById("part")! : [...CSS.highlights.get("askdocs-quote")!][0] as Range;
      await expect.poll(() => isShown(place)).toBe(true);
    }
  });
}

/** Whether it is in view, and what is seen at its beginning is it. */
function isShown(place: Range | Element): boolean {
  const { left, top, bottom } = place.getBoundingClientRect();
  const seen = document.elementFromPoint(left + 2, top + 2);
  const element = place instanceof Range ? place.startContainer.parentElement! : place;
  return top >= 0 && bottom <= innerHeight && seen !== null && element.contains(seen);
}
