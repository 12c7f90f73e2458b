import { afterEach, expect, test } from "vitest";
import { findQuote, showQuote } from "../../src/quote.js";

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
  showQuote("#a", "Hidden words.");
  expect(details.open).toBe(true);
  expect([...CSS.highlights.get("askdocs-quote")!].map(String)).toEqual(["Hidden words."]);
});

test("a heading that is not there, or badly encoded, does no harm", () => {
  createPage(["a", "Text."]);
  expect(() => showQuote("#%E0%A4%A", "Text.")).not.toThrow();
});
