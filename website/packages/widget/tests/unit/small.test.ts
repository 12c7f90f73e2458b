import { expect, test } from "vitest";
import { decodeEntities } from "../../src/entities.js";
import { fromResponse } from "../../src/failure.js";
import { parseSuggestions } from "../../src/settings.js";
import { spell } from "../../src/shortcut.js";
import { de } from "../../src/strings/de.js";
import { en } from "../../src/strings/en.js";
import { enExtras } from "../../src/strings/en_extras.js";
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
  expect([400, 403, 404, 413, 422, 429, 500, 503, 504].map(code)).toEqual(
    ["refused", "forbidden", "missing", "refused", "refused", "limited", "server", "server", "timeout"],
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
  const english = places({ ...en, ...enExtras }, "en");
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
  const all = { ...enExtras, ...words }; // as the extras do
  expect([all.title, all.up, all.down, all.failures.offline, all.failures.server]).toEqual(["Ask Ada", "Yes", "Not helpful", "No net.", en.failures.server]);
  expect([1, 2].map((count) => fill(all.reading, count))).toEqual(["1 leaf", "2 leaves"]);
  expect((await loadStrings("de", '{"send": 7, "nonsense": "x"')).send).toBe(de.send);
  expect(await loadStrings("de", '{"send": 7, "nonsense": "x"}')).toEqual(de);
  expect(fill((await loadStrings("de", { reading: "…" })).reading, 2)).toBe("…");
});

test("every entry can be imported where there is no DOM", async () => {
  await expect(import("../../src/define.js")).resolves.toHaveProperty("AskdocsChat");
});
