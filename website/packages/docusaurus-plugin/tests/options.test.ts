import { normalizePluginOptions } from "@docusaurus/utils-validation";
import { expect, test } from "vitest";
import { attributes } from "../src/attributes";
import { invitations } from "../src/invitations";
import { strayLocales, validateOptions, type GivenOptions, type Options } from "../src/options";
import { starters } from "../src/starters";
import { textsIn } from "../src/texts";

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
    layout: "floating",
    launcher: true,
    excerpts: true,
    storage: "session",
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
  [{ siteKey: "pk_a", code: "yes" }, /"code" must be true, false, or an object with "label"/],
  [{ siteKey: "pk_a", code: { label: "x".repeat(81) } }, /"code.label" length must be less than or equal to 80/],
  [{ siteKey: "pk_a", code: { question: "Why?" } }, /"code" knows "label", not "code.question"/],
  [{ siteKey: "pk_a", code: true, widget: false }, /"code" opens the chat, which "widget: false" leaves out/],
  [{ siteKey: "pk_a", search: { label: "Ask" } }, /"search.label" must hold \{words\}, which stands for what was typed/],
  [{ siteKey: "pk_a", search: { label: { de: "Fragen" } } }, /"search.label.de" must hold \{words\}/],
  [{ siteKey: "pk_a", footer: true, widget: false }, /"footer" opens the chat, which "widget: false" leaves out/],
  [{ siteKey: "pk_a", shortcut: 3 }, /"shortcut" must be keys such as "mod\+k" or .* or false/],
  [{ siteKey: "pk_a", shortcut: "ctrl+k" }, /mod, which is Ctrl or Cmd/],
  [{ siteKey: "pk_a", shortcut: "shift+mod+K" }, /in this order, then a key in lower case/],
  [{ siteKey: "pk_a", layout: "inline" }, /"layout" must be "floating" or "docked"; for a chat within a page put <askdocs-chat/],
  [{ siteKey: "pk_a", launcher: "none" }, /"launcher" must be true or false/],
  [{ siteKey: "pk_a", excerpts: "none" }, /"excerpts" must be true or false/],
  [{ siteKey: "pk_a", storage: false }, /"storage" must be "session" \(kept in the tab\), "device" .* or "none"/],
  [{ siteKey: "pk_a", consent: true }, /"consent" must be "required"; leave it out where readers need not be asked/],
  [{ siteKey: "pk_a", events: true }, /"events" must be "with-text"; leave it out where/],
  [{ siteKey: "pk_a", maxLength: "500" }, /"maxLength" must be a number of characters, the server's answers.max_question_chars/],
  [{ siteKey: "pk_a", maxLength: 0 }, /"maxLength" must be a number of characters/],
  [{ siteKey: "pk_a", label: 7 }, /"label" must be a text, or an object with a text for each locale/],
  [{ siteKey: "pk_a", privacyUrl: "privacy" }, /"privacyUrl" must be a full address \(https: or mailto:\), or a path of this site/],
  [{ siteKey: "pk_a", supportUrl: "javascript:alert(1)" }, /"supportUrl" must be a full address/],
  [{ siteKey: "pk_a", searchUrl: { de: "//example.com" } }, /"searchUrl" must be a full address/],
  [{ siteKey: "pk_a", searchUrl: 7 }, /or an object with one for each locale/],
  [{ siteKey: "pk_a", strings: "Ask Ada" }, /"strings" must be an object of words/],
  [{ siteKey: "pk_a", strings: { placholder: "Ask Ada" } }, /"strings.placholder" is no word of the chat. There are title, greeting/],
  [{ siteKey: "pk_a", strings: { placeholder: 7 } }, /"strings.placeholder" must be a text, as the chat's own is: "Ask a question"/],
  [{ siteKey: "pk_a", strings: { retryIn: "Soon" } }, /"strings.retryIn" must hold \{0\}/],
  [{ siteKey: "pk_a", strings: { de: { failures: { ofline: "Weg" } } } }, /"strings.de.failures.ofline" is no word/],
  [{ siteKey: "pk_a", strings: { reading: { one: "Page {0}" } } }, /a text for each plural category .* "other" among them/],
  [{ siteKey: "pk_a", sitekey: "pk_b" }, /"sitekey" is not allowed/],
])("%j is refused", (options, message) => {
  expect(() => checked(options)).toThrow(message);
});

/** In the German part of a site below /docs/. */
function german(options: GivenOptions): Record<string, string> {
  return attributes(checked({ siteKey: "pk_a", ...options }), "de", "/docs/de/");
}

test("the chat is told what differs from what it does by itself", () => {
  expect(german({})).toEqual({ "site-key": "pk_a", api: "", locale: "de" });
  expect(
    german({
      shortcut: "mod+alt+k",
      layout: "docked",
      launcher: false,
      excerpts: false,
      storage: "device",
      consent: "required",
      events: "with-text",
      maxLength: 500,
    }),
  ).toMatchObject({
    shortcut: "mod+alt+k",
    layout: "docked",
    launcher: "none",
    excerpts: "none",
    storage: "device",
    consent: "required",
    events: "with-text",
    "max-length": "500",
  });
  expect(german({ shortcut: false }).shortcut).toBe("none");
});

test("suggestions, words and addresses may differ by locale", () => {
  expect(german({ suggestions: { de: ["Wie?"] } }).suggestions).toBe('["Wie?"]');
  expect(german({ suggestions: { en: ["How?"] } })).not.toHaveProperty("suggestions");
  expect(german({ strings: { placeholder: "Ada" } }).strings).toBe('{"placeholder":"Ada"}');
  expect(german({ strings: { de: { exits: { search: "Suchen" } }, en: {} } }).strings).toBe('{"exits":{"search":"Suchen"}}');
  expect(german({ label: { de: "Ada fragen", en: "Ask Ada" } }).label).toBe("Ada fragen");
  expect(german({ label: { en: "Ask Ada" } })).not.toHaveProperty("label");
});

test("an address that begins with a slash is a page of the site, in the reader's locale", () => {
  expect(german({ searchUrl: "/search?q={question}" })["search-url"]).toBe("/docs/de/search?q={question}");
  expect(german({ privacyUrl: { de: "https://example.com/de" } })["privacy-url"]).toBe("https://example.com/de");
  expect(german({ supportUrl: "mailto:a@example.com?subject={question}" })["support-url"]).toMatch(/^mailto:/);
});

test("locales that the site does not have are named", () => {
  const options = checked({ siteKey: "pk_a", navbar: { label: { de: "Fragen", fr: "Demander" } }, strings: { es: {} }, label: "Ask" });
  expect(strayLocales(options, ["en", "de"])).toEqual(['"navbar.label.fr"', '"strings.es"']);
});

test("invitations speak the languages of the chat, and what the site says", () => {
  const all = { siteKey: "pk_a", footer: true, code: true, search: true };
  expect(invitations(checked(all), "pt-BR").code).toBe("Perguntar sobre este código");
  expect(invitations(checked({ ...all, code: { label: { de: "Fragen" } } }), "de").code).toBe("Fragen");
  expect(invitations(checked({ siteKey: "pk_a" }), "de")).toEqual({ footer: false, code: false, search: false });
  for (const language of ["ar", "de", "en", "es", "fr", "ja", "pt", "zh"]) {
    expect(textsIn(language).search).toContain("{words}");
    expect(language === "en" || textsIn(language) !== textsIn("en")).toBe(true);
  }
});

const page = (askdocs: unknown): Parameters<typeof starters>[0][number] =>
  ({ permalink: "/a", source: "@site/docs/a.md", frontMatter: { askdocs } }) as unknown as Parameters<typeof starters>[0][number];

test("a page's front matter names its own questions", () => {
  expect(starters([page({ suggestions: ["Why?"] }), page(undefined)])).toEqual({ "/a": ["Why?"] });
});

test.each([
  ["yes", /@site\/docs\/a.md: the front matter's "askdocs" must be an object/],
  [{ suggestion: ["Why?"] }, /"askdocs" knows "suggestions", not "suggestion"/],
  [{ suggestions: "Why?" }, /"askdocs.suggestions" must be a list of at most 6 questions/],
])("front matter that says %j is refused", (askdocs, message) => {
  expect(() => starters([page(askdocs)])).toThrow(message);
});

test("llms takes what is not said to be wanted", () => {
  expect(checked({ siteKey: "pk_a", llms: true }).llms).toEqual({ full: true, pages: true });
  expect(checked({ siteKey: "pk_a", llms: { full: false } }).llms).toEqual({ full: false, pages: true });
  expect(checked({ siteKey: "pk_a", navbar: true, footer: true })).toMatchObject({ navbar: { position: "right" }, footer: {} });
});
