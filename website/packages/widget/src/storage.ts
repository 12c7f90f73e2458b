/**
 * Keeps conversations in the tab's storage, so that they survive a full page load: one for each site and
 * docs version, since what holds for one version need not hold for another.
 */

import type { Turn } from "./turn.js";

export interface Conversation {
  session: string;
  turns: Turn[];
}

/** Of what is kept of a conversation and given to other tabs, which may run another version of this: what is of another is left alone. */
export const SCHEMA = 1;

/** A citation that a reader followed: the heading's id, and when, in milliseconds since 1970. */
export interface Cited {
  id: string;
  quote: string;
  at: number;
}

const MOST_TURNS = 20;

export class Store {
  /** Called after a conversation was saved or cleared. */
  changed: (() => void) | undefined;

  /** `storage` says undefined where nothing may be stored; it may say so at one time, and not at another. */
  constructor(
    private readonly storage: () => Storage | undefined,
    private readonly siteKey: string,
    /** Comes before the names of what is one user's of the host. */
    private readonly owner = "",
  ) {}

  /**
   * The version whose conversation a page shows. A page of no version (a home page) goes on with the last one;
   * a conversation that began on such a page belongs to the version whose page it leads to.
   */
  scope(version: string): string {
    if (version === "") {
      return this.#get("last") ?? "";
    }
    const unbound = this.#get("version:");
    if (unbound !== null) {
      this.#remove("version:");
      if (this.#get(`version:${version}`) === null) {
        this.#set(`version:${version}`, unbound);
      }
    }
    return version;
  }

  load(scope: string): Conversation {
    try {
      const stored = JSON.parse(this.#get(`version:${scope}`)!) as Conversation & { schema: number };
      if (stored.schema === SCHEMA) {
        return stored;
      }
    } catch {
      // Nothing is kept, or it is spoilt.
    }
    return { session: "", turns: [] };
  }

  save(scope: string, { session, turns }: Conversation): void {
    this.#set(`version:${scope}`, JSON.stringify({ schema: SCHEMA, session, turns: turns.slice(-MOST_TURNS) }));
    this.#set("last", scope);
    this.changed?.();
  }

  clear(scope: string): void {
    this.#remove(`version:${scope}`);
    this.changed?.();
  }

  /** The loader looks for this one too. */
  setOpen(open: boolean): void {
    open ? this.#set("open", "1") : this.#remove("open");
  }

  /** Where the reader was when they left the page, in pixels from the last question; undefined when they were not here before. */
  loadPlace(): number | undefined {
    const place = this.#get("place");
    return place === null ? undefined : Number(place);
  }

  savePlace(place: number): void {
    this.#set("place", String(place));
  }

  saveCited(cited: Cited): void {
    this.#set("cited", JSON.stringify(cited));
  }

  /** The citation that led to this page, once. */
  takeCited(): Cited | undefined {
    const cited = this.#get("cited");
    this.#remove("cited");
    return cited === null ? undefined : (JSON.parse(cited) as Cited);
  }

  // Storage may be blocked or full: the conversation then lasts as long as the page.

  #get(name: string): string | null {
    return this.#try((storage, key) => storage.getItem(key), name) ?? null;
  }

  #set(name: string, value: string): void {
    this.#try((storage, key) => storage.setItem(key, value), name);
  }

  #remove(name: string): void {
    this.#try((storage, key) => storage.removeItem(key), name);
  }

  #try<T>(use: (storage: Storage, key: string) => T, name: string): T | undefined {
    try {
      const storage = this.storage();
      return storage && use(storage, `askdocs:${this.siteKey}:${name === "open" ? "" : this.owner}${name}`);
    } catch {
      return undefined;
    }
  }
}

/** Removes what was stored for a site: its readers' consent is withdrawn. */
export function erase(siteKey: string): void {
  try {
    for (const storage of [sessionStorage, localStorage]) {
      for (const key of Object.keys(storage)) {
        if (key.startsWith(`askdocs:${siteKey}:`)) {
          storage.removeItem(key);
        }
      }
    }
  } catch {
    // Blocked: nothing was stored.
  }
}
