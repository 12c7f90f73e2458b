/** The words that a site says otherwise. */

import { en } from "./strings/en.js";
import { withExtras } from "./strings/en_extras.js";
import type { Overrides, Strings } from "./strings/index.js";

/** All words of a language, with the site's instead; what a site names that there is not is left out. */
export function override(words: Strings, overrides: Overrides | string): Strings {
  return merge(words === en ? withExtras(en) : words, typeof overrides === "string" ? parse(overrides) : overrides);
}

function parse(json: string): Overrides {
  try {
    return Object(JSON.parse(json)) as Overrides;
  } catch {
    console.warn(`askdocs: the attribute "strings" must be a JSON object, not ${json}`);
    return {};
  }
}

function merge<Words extends object>(words: Words, others: object): Words {
  const given = others as Record<string, unknown>;
  const merged = Object.entries(words as Record<string, string | object>).map(([name, word]) => {
    const other = given[name];
    if (typeof other === "string" && (typeof word === "string" || "language" in word)) {
      return [name, other];
    }
    return [name, typeof word === "object" && typeof other === "object" && other !== null ? merge(word, other) : word];
  });
  return Object.fromEntries(merged) as Words;
}
