import { expect, test } from "vitest";
import { decodeEntities } from "../../src/entities.js";
import { describeKept } from "../../src/kept.js";
import { ownerOf } from "../../src/owner.js";
import { KEPT, keptWords } from "../../src/strings/kept.js";
import { fromResponse } from "../../src/failure.js";
import { parseSuggestions } from "../../src/settings.js";
import { spell } from "../../src/shortcut.js";
import { de } from "../../src/strings/de.js";
import { en } from "../../src/strings/en.js";
import { withExtras } from "../../src/strings/en_extras.js";
import { fill, languageOf, loadStrings } from "../../src/strings/index.js";

const KEYS = { key: "I", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("shortcuts are spelled with modifiers in one order", () => {
  expect(spell({ ...KEYS, ctrlKey: true })).toBe("mod+i");
  expect(spell({ ...KEYS, metaKey: true, shiftKey: true, key: "K" })).toBe("mod+shift+k");
  expect(spell({ ...KEYS, key: "/" })).toBe("/");
});

test("character references of no character become the replacement character", () => {
  expect(decodeEntities("&#0;&#xD800;&#1114112;&#65;&amp;&toString;")).toBe("\ufffd\ufffd\ufffdA&&toString;");
});

test("suggestions are a JSON list or divided by bars", () => {
  expect(parseSuggestions('["a?", 7, " b? "]')).toEqual(["a?", "b?"]);
  expect(parseSuggestions("a? | b?|")).toEqual(["a?", "b?"]);
  expect(parseSuggestions("[broken")).toEqual([]);
  expect(parseSuggestions("")).toEqual([]);
});

test("refusals are told apart", () => {
  const code = (status: number): string => fromResponse(status, "", null).code;
  expect([400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503, 504].map(code)).toEqual(
    ["refused", "user", "forbidden", "missing", "missing", "disabled", "refused", "refused", "limited", "server", "server", "timeout"],
  );
});

test("a problem's detail is for readers, a proxy's page is not", () => {
  expect(fromResponse(422, '{"title":"t","detail":"Too short."}', null).message).toBe("Too short.");
  expect(fromResponse(400, "<html>", null).message).toBe("");
  expect(fromResponse(500, '{"detail":"stack trace"}', null).message).toBe("");
});

test("Retry-After is seconds or a date", () => {
  expect(fromResponse(429, "", "7").retryAfter).toBe(7);
  expect(fromResponse(429, "", new Date(Date.now() + 4_600).toUTCString()).retryAfter).toBeGreaterThan(2);
  expect(fromResponse(429, "", "soon").retryAfter).toBeUndefined();
  expect(fromResponse(429, "", null).retryAfter).toBeUndefined();
});

test("a locale chooses its language's words, an unknown one English", async () => {
  expect(languageOf("de-AT")).toBe("de");
  expect(languageOf("constructor")).toBe("en");
  expect((await loadStrings("DE_ch")).send).toBe(de.send);
  expect((await loadStrings("tlh")).send).toBe(en.send);
});

const LANGUAGES = ["ar", "de", "es", "fr", "ja", "pt", "zh"];

test("words have the same names and places to fill in every language, and the forms that it needs", async () => {
  const places = (value: unknown, language: string): unknown => {
    if (typeof value === "string") {
      return (value.match(/\{\d\}/g) ?? []).sort();
    }
    const words = value as Record<string, unknown>;
    if (!("language" in words)) {
      return Object.fromEntries(Object.entries(words).map(([name, word]) => [name, places(word, language)]));
    }
    const needed = new Set([0, 1, 2, 3, 11, 100].map((count) => new Intl.PluralRules(language).select(count)));
    needed.delete("zero"); // Nothing is counted that is not there.
    expect(words.language).toBe(language);
    expect(Object.keys(words), language).toEqual(expect.arrayContaining(language === "ja" || language === "zh" || language === "de" ? ["other"] : [...needed]));
    return places(words.other, language);
  };
  const english = places(withExtras(en), "en");
  for (const language of LANGUAGES) {
    expect(places(await loadStrings(language), language), language).toEqual(english);
  }
});

test("each language's words are its own", async () => {
  for (const language of LANGUAGES) {
    const { send, failures, reasons } = await loadStrings(language);
    expect([send, failures.offline, reasons.outdated]).not.toContain(en.send);
    expect(failures.offline).not.toBe(en.failures.offline);
  }
});

test("a count takes the form that the language has for it", async () => {
  const arabic = await loadStrings("ar-EG");
  expect([1, 2, 5, 20].map((count) => fill(arabic.reading, count))).toEqual([
    "جارٍ قراءة صفحة واحدة…",
    "جارٍ قراءة صفحتين…",
    "جارٍ قراءة 5 صفحات…",
    "جارٍ قراءة 20 صفحة…",
  ]);
  const french = await loadStrings("fr");
  expect([0, 1, 2].map((count) => fill(french.reading, count))).toEqual(["Lecture de 0 page…", "Lecture de 1 page…", "Lecture de 2 pages…"]);
  expect(fill((await loadStrings("en")).reading, 1)).toBe("Reading 1 page…");
});

test("a site may say any word otherwise, those of the extras and of groups too, and leave the rest", async () => {
  const words = await loadStrings("en", { title: "Ask Ada", up: "Yes", failures: { offline: "No net." }, reading: { one: "{0} leaf", other: "{0} leaves" } });
  const all = withExtras(words); // as the extras do
  expect([all.title, all.up, all.down, all.failures.offline, all.failures.server]).toEqual(["Ask Ada", "Yes", "Not helpful", "No net.", withExtras(en).failures.server]);
  expect([1, 2].map((count) => fill(all.reading, count))).toEqual(["1 leaf", "2 leaves"]);
  expect((await loadStrings("de", '{"send": 7, "nonsense": "x"')).send).toBe(de.send);
  expect(await loadStrings("de", '{"send": 7, "nonsense": "x"}')).toEqual(de);
  expect(fill((await loadStrings("de", { reading: "…" })).reading, 2)).toBe("…");
});

test("every entry can be imported where there is no DOM", async () => {
  await expect(import("../../src/define.js")).resolves.toHaveProperty("AskdocsChat");
});

test("what is kept is said in each language, as the server says it", () => {
  const privacy = {
    conversations: { stored: true, days: 90, backup_days: 30 },
    masked: ["email", "phone", "card", "iban", "ip", "secret", "private", "of-tomorrow"],
    addresses_stored: false,
    cookies: false,
    recipients: [{ name: "Google Vertex AI", location: "europe-west4" }],
    shared_answers_seconds: 90,
    policy_url: null,
  };
  const text = (language: string, said = privacy): string => describeKept(said, keptWords(language), language).join(" ");
  expect(text("en")).toBe(
    "Questions and answers are kept until 90 days after the last question. Backups may hold them for up to 30 days longer. " +
      "Masked beforehand: e-mail addresses, phone numbers, card numbers, IBANs, IP addresses, keys and passwords, and what the site names. " +
      "Questions are sent to Google Vertex AI (europe-west4). For 2 minutes, others who ask the same may get the same answer. " +
      "No cookies; your IP address is not stored.",
  );
  expect(text("en", { ...privacy, conversations: { stored: false, days: 0, backup_days: 30 }, masked: [], recipients: [], shared_answers_seconds: 0, cookies: true })).toBe(
    "Questions and answers are not stored. Questions are sent to no other service.",
  );
  const kinds = Object.keys(KEPT.en.kinds);
  for (const [language, words] of Object.entries(KEPT)) {
    expect(Object.keys(words.kinds), language).toEqual(kinds);
    expect(text(language), language).toMatch(language === "ar" ? /Google Vertex AI \(europe-west4\)/ : /90.*30.*Google Vertex AI \(europe-west4\).*2/);
    expect(text(language), language).not.toMatch(/\{\d\}|undefined/);
  }
  expect(Object.keys(KEPT).sort()).toEqual(["en", ...LANGUAGES].sort());
});

test("a user is known by what the token says of them, whichever it is, and not named", () => {
  const token = (payload: object): string => `h.${btoa(JSON.stringify(payload)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.s`;
  const ada = ownerOf(token({ sub: "ada@example.com", exp: 1 }));
  expect(ada).toMatch(/^user-[a-z0-9]+:$/);
  expect(ownerOf(token({ exp: 2, sub: "ada@example.com" }))).toBe(ada);
  const others = Array.from({ length: 2_000 }, (_, index) => ownerOf(token({ sub: `user-${index}` })));
  expect(new Set([...others, ada])).toHaveLength(2_001);
  expect(["", "opaque", "a.b.c"].map(ownerOf)).toEqual(["", "", ""]);
});
