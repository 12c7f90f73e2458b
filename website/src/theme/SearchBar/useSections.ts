/** The sections that fit what is typed, a moment after the last letter. */

import { useEffect, useState } from "react";
import { search, type Backend, type Section } from "@site/src/askdocs/backend";

/** Milliseconds: who types fast makes a letter in 100. */
const PAUSE = 90;

export interface Found {
  /** What was searched for; older than what is typed while a search is under way. */
  query: string;
  sections: Section[];
  failed: boolean;
}

export const NOTHING: Found = { query: "", sections: [], failed: false };

/** What was found last stays until there is something new, so that the list does not flicker. */
export function useSections(backend: Backend, query: string): Found {
  const [found, setFound] = useState(NOTHING);
  const { api, version, locale } = backend;
  useEffect(() => {
    if (query.trim() === "") {
      setFound(NOTHING);
      return undefined;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      search({ api, version, locale, suggestions: [] }, query, controller.signal).then(
        (sections) => setFound({ query, sections, failed: false }),
        () => {
          if (!controller.signal.aborted) {
            setFound({ query, sections: [], failed: true });
          }
        },
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [api, version, locale, query]);
  return found;
}
