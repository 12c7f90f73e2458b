/** The words of the interface in the reader's language; English is always at hand, others are fetched when needed. */

import { en } from "./en.js";
import type { enExtras } from "./en_extras.js";

/** A text for each plural category that the language has, with "{0}" for the number. */
export type Forms = PluralForms & { language: string };
type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export type Strings = typeof en & typeof enExtras; // Each has some of the failures.

/** What a site says otherwise: any of the words, by the names that they have in `en` and `enExtras`. */
export type Overrides<Words = Strings> = {
  [Name in keyof Words]?: Words[Name] extends string | Forms ? string | PluralForms : Overrides<Words[Name]>;
};

/** Each file exports its table by the language's name. */
const LANGUAGES: Record<string, () => Promise<Record<string, Strings>>> = {
  ar: () => import("./ar.js"),
  de: () => import("./de.js"),
  es: () => import("./es.js"),
  fr: () => import("./fr.js"),
  ja: () => import("./ja.js"),
  pt: () => import("./pt.js"),
  zh: () => import("./zh.js"),
};

export function languageOf(locale: string): string {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? "";
  return Object.hasOwn(LANGUAGES, language) ? language : "en";
}

/** In English what the extras say is missing, unless the site says some word otherwise: they bring it. */
export async function loadStrings(locale: string, overrides?: Overrides | string): Promise<Strings> {
  const language = languageOf(locale);
  const words = (await LANGUAGES[language]?.())?.[language] ?? (en as Strings);
  return overrides ? (await import("../extras.js")).override(words, overrides) : words;
}

/** Puts values into "{0}" and "{1}". Of several forms, the one that the first value needs. */
export function fill(template: string | Forms, ...values: (string | number)[]): string {
  const text =
    typeof template === "string" ? template : (template[new Intl.PluralRules(template.language).select(+values[0]!)] ?? template.other);
  return text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}
