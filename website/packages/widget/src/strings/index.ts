/** The words of the interface in the reader's language; English is always at hand, others are fetched when needed. */

import { en } from "./en.js";
import type { enExtras } from "./en_extras.js";

export type Strings = typeof en & typeof enExtras;

const LANGUAGES: Record<string, () => Promise<Strings>> = {
  de: async () => (await import("./de.js")).de,
};

export function languageOf(locale: string): string {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? "";
  return Object.hasOwn(LANGUAGES, language) ? language : "en";
}

/** In English what the extras say is missing: they bring it. */
export async function loadStrings(locale: string): Promise<Strings> {
  return (await LANGUAGES[languageOf(locale)]?.()) ?? (en as Strings);
}

/** Puts values into "{0}" and "{1}". */
export function fill(template: string, ...values: (string | number)[]): string {
  return template.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}
