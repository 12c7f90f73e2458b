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
  expect(await loadStrings("fr")).toBe(en);
});

test("words have the same places to fill in every language", () => {
  const places = (value: unknown): unknown =>
    typeof value === "string"
      ? (value.match(/\{\d\}/g) ?? []).sort()
      : Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, places(inner)]));
  expect(places(de)).toEqual(places({ ...en, ...enExtras }));
  expect(fill("{1} of {0}", 3, "a{0}")).toBe("a{0} of 3");
});

test("every entry can be imported where there is no DOM", async () => {
  await expect(import("../../src/define.js")).resolves.toHaveProperty("AskdocsChat");
});
