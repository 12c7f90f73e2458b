/** Questions that pages name in their front matter, for an empty chat: `askdocs: { suggestions: […] }`. */

import type { ContentPage } from "./content";
import { questions } from "./options";

/** By the pages' paths. Throws what to do where a front matter says something else. */
export function starters(pages: readonly ContentPage[]): Record<string, string[]> {
  return Object.fromEntries(
    pages
      .filter(({ frontMatter }) => frontMatter.askdocs !== undefined)
      .map(({ permalink, source, frontMatter }) => [permalink, suggestionsIn(frontMatter.askdocs, source)]),
  );
}

function suggestionsIn(given: unknown, source: string): string[] {
  const fail = (sentence: string): never => {
    throw new Error(`${source}: the front matter's ${sentence}`);
  };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return fail('"askdocs" must be an object, such as { suggestions: ["How do I begin?"] }');
  }
  const { suggestions = [], ...others } = given as { suggestions?: string[] };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return fail(`"askdocs" knows "suggestions", not "${unknown}"`);
  }
  if (questions.validate(suggestions).error) {
    return fail('"askdocs.suggestions" must be a list of at most 6 questions, each of at most 200 characters');
  }
  return suggestions;
}
