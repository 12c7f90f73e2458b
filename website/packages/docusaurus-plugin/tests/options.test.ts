import { normalizePluginOptions } from "@docusaurus/utils-validation";
import { expect, test } from "vitest";
import { suggestionsFor, validateOptions, type Options } from "../src/options";

function checked(options: unknown): Options {
  return validateOptions({ options, validate: normalizePluginOptions } as unknown as Parameters<typeof validateOptions>[0]);
}

test("a site key is all it takes", () => {
  expect(checked({ siteKey: "pk_docs_local" })).toEqual({
    id: "default",
    siteKey: "pk_docs_local",
    api: "",
    manifest: true,
    llms: false,
    navbar: false,
    footer: false,
    code: false,
    search: false,
    widget: true,
    suggestions: [],
  });
});

test("the API's URL loses its last slash", () => {
  expect(checked({ siteKey: "pk_a", api: "https://ask.example.com/" }).api).toBe("https://ask.example.com");
});

test.each([
  [{}, /needs "siteKey"/],
  [{ siteKey: undefined }, /needs "siteKey"/],
  [{ siteKey: "" }, /it is empty/],
  [{ siteKey: 7 }, /it is not set/],
  [{ siteKey: "sk_secret" }, /a secret does not belong here/],
  [{ siteKey: "pk_a", api: "ask.example.com" }, /the backend's full URL/],
  [{ siteKey: "pk_a", api: "ftp://ask.example.com" }, /the backend's full URL/],
  [{ siteKey: "pk_a", suggestions: "ask" }, /a list of at most 6 questions/],
  [{ siteKey: "pk_a", suggestions: ["1", "2", "3", "4", "5", "6", "7"] }, /less than or equal to 6/],
  [{ siteKey: "pk_a", llms: "yes" }, /"llms" must be true, false, or an object with "full" and "pages"/],
  [{ siteKey: "pk_a", llms: { full: "no" } }, /"llms.full" must be true or false/],
  [{ siteKey: "pk_a", llms: { blog: true } }, /"llms" knows "full" and "pages", not "llms.blog"/],
  [{ siteKey: "pk_a", navbar: 1 }, /"navbar" must be true, false, or an object with "position" and "label"/],
  [{ siteKey: "pk_a", navbar: { position: "top" } }, /"navbar.position" must be "left" or "right"/],
  [{ siteKey: "pk_a", navbar: { text: "Ask" } }, /"navbar" knows "position" and "label", not "navbar.text"/],
  [{ siteKey: "pk_a", footer: { label: 7 } }, /"footer.label" must be a text, or an object with a text for each locale/],
  [{ siteKey: "pk_a", code: "yes" }, /"code" must be true, false, or an object with "question" and "label"/],
  [{ siteKey: "pk_a", code: { question: "x".repeat(81) } }, /"code.question" length must be less than or equal to 80/],
  [{ siteKey: "pk_a", code: true, widget: false }, /"code" opens the chat, which "widget: false" leaves out/],
  [{ siteKey: "pk_a", search: { label: "Ask" } }, /"search.label" must hold \{words\}, which stands for what was typed/],
  [{ siteKey: "pk_a", search: { label: { de: "Fragen" } } }, /"search.label.de" must hold \{words\}/],
  [{ siteKey: "pk_a", footer: true, widget: false }, /"footer" opens the chat, which "widget: false" leaves out/],
  [{ siteKey: "pk_a", shortcut: 3 }, /or false/],
  [{ siteKey: "pk_a", sitekey: "pk_b" }, /"sitekey" is not allowed/],
])("%j is refused", (options, message) => {
  expect(() => checked(options)).toThrow(message);
});

test("suggestions may differ by locale", () => {
  const options = checked({ siteKey: "pk_a", suggestions: { de: ["Wie?"] } });
  expect(suggestionsFor(options, "de")).toEqual(["Wie?"]);
  expect(suggestionsFor(options, "en")).toEqual([]);
});

test("llms takes what is not said to be wanted", () => {
  expect(checked({ siteKey: "pk_a", llms: true }).llms).toEqual({ full: true, pages: true });
  expect(checked({ siteKey: "pk_a", llms: { full: false } }).llms).toEqual({ full: false, pages: true });
  expect(checked({ siteKey: "pk_a", navbar: true, footer: true })).toMatchObject({ navbar: { position: "right" }, footer: {} });
});
