/** The words of the interface in the reader's language; English is always at hand, others are fetched when needed. */

import { en, type Strings } from "./en.js";

export { en, type Strings };

const LANGUAGES: Record<string, () => Promise<Strings>> = {
  de: async () => (await import("./de.js")).de,
};

export function languageOf(locale: string): string {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? "";
  return Object.hasOwn(LANGUAGES, language) ? language : "en";
}

export async function loadStrings(locale: string): Promise<Strings> {
  return (await LANGUAGES[languageOf(locale)]?.()) ?? en;
}

/** Puts values into "{0}" and "{1}". */
export function fill(template: string, ...values: (string | number)[]): string {
  return template.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}
