/** The words that a site says otherwise, checked against those that the widget has. */

import { readFileSync } from "node:fs";
import path from "node:path";

/** A text, a text for each plural category, or a table of more, by the widget's names. */
export interface Words {
  [name: string]: string | Words;
}

/** The widget's own in English, as `scripts/copy-widget.mjs` writes them. */
const FILE = path.join(__dirname, "..", "lib", "words.json");

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

/** One table, or one for each locale. Throws what to do about the first fault; what is not set stays so. */
export function checkWords(value: unknown): unknown {
  if (value === undefined) {
    return undefined;
  }
  const known = readWords();
  if (!isTable(value)) {
    throw new Error('"strings" must be an object of words, such as { placeholder: "Ask Ada" }, or one such object for each locale');
  }
  if (isByLocale(value, known)) {
    for (const [locale, words] of Object.entries(value)) {
      checkTable(`strings.${locale}`, words, known);
    }
  } else {
    checkTable("strings", value, known);
  }
  return value;
}

/** Undefined where one table is for all locales. */
export function byLocale(strings: Words | Record<string, Words> | undefined): Record<string, Words> | undefined {
  return strings && isByLocale(strings, readWords()) ? (strings as Record<string, Words>) : undefined;
}

/** No word has the name of a language. */
function isByLocale(table: object, known: Words): boolean {
  const names = Object.keys(table);
  return names.length > 0 && names.every((name) => !(name in known) && /^[a-z]{2,3}([-_]\w+)*$/i.test(name));
}

const readWords = (): Words => JSON.parse(readFileSync(FILE, "utf8")) as Words;

function checkTable(place: string, given: unknown, known: Words): void {
  if (!isTable(given)) {
    throw new Error(`"${place}" must be an object with ${list(Object.keys(known))}`);
  }
  for (const [name, word] of Object.entries(given)) {
    const here = `${place}.${name}`;
    const own = known[name];
    if (own === undefined) {
      throw new Error(`"${here}" is no word of the chat. There are ${list(Object.keys(known))}`);
    }
    if (typeof own === "string") {
      checkText(here, word, own);
    } else if (!("language" in own)) {
      checkTable(here, word, own);
    } else if (isTable(word)) {
      checkForms(here, word);
    } else {
      checkText(here, word, own.other as string);
    }
  }
}

/** What stands for a value must be there: a countdown without its seconds says nothing. */
function checkText(place: string, text: unknown, own: string): void {
  if (typeof text !== "string") {
    throw new Error(`"${place}" must be a text, as the chat's own is: "${own}"`);
  }
  for (const value of own.match(/\{\d\}/g) ?? []) {
    if (!text.includes(value)) {
      throw new Error(`"${place}" must hold ${value}, as the chat's own does: "${own}"`);
    }
  }
}

function checkForms(place: string, forms: Record<string, unknown>): void {
  const wrong = Object.entries(forms).find(([category, text]) => !CATEGORIES.includes(category) || typeof text !== "string");
  if (wrong !== undefined || !("other" in forms)) {
    throw new Error(`"${place}" must be one text, or a text for each plural category (${list(CATEGORIES)}), "other" among them`);
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const list = (names: string[]): string => names.join(", ");
