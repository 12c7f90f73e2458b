/** What the host says in the element's attributes. */

import type { Host } from "./contract.js";
import type { Overrides } from "./strings/index.js";

export interface Settings {
  siteKey: string;
  api: string;
  version: string;
  versionLabel: string;
  locale: string;
  title: string;
  suggestions: string[];
  maxLength: number;
  privacyUrl: string;
  storage: string;
  /** The host's user, as what is kept of their conversations is named; "" without one. */
  owner: string;
  /** Whether readers are offered to ask about what they select on the page. */
  mayQuote: boolean;
  layout: Layout;
  /** Words that the site says otherwise: an object, or as JSON in the attribute. */
  strings: Overrides | string;
}

/** In the corner over the page, at its side, or where the element stands. Phones show the first two on their whole screen. */
export type Layout = "floating" | "docked" | "inline";

/** As the server's default: answers.max_question_chars. */
const MAX_LENGTH = 4000;

export function readSettings(host: Host, owner = ""): Settings {
  const get = (name: string): string => host.getAttribute(name)?.trim() ?? "";
  const layout = get("layout");
  return {
    siteKey: get("site-key"),
    // Without a word from the host, the server that the chat was loaded from.
    api: host.hasAttribute("api") ? get("api") : new URL(import.meta.url).origin,
    version: get("version"),
    versionLabel: get("version-label") || get("version"),
    locale: get("locale") || document.documentElement.lang,
    title: get("label"),
    suggestions: parseSuggestions(get("suggestions")),
    maxLength: Number(get("max-length")) || MAX_LENGTH,
    privacyUrl: get("privacy-url"),
    storage: get("storage"),
    owner,
    mayQuote: get("excerpts") !== "none",
    strings: host.strings ?? get("strings"),
    layout: layout === "docked" || layout === "inline" ? layout : "floating",
  };
}

/** The address below which the server answers for a site. */
export function sitesOf({ api, siteKey }: { api: string; siteKey: string }): string {
  return `${api.replace(/\/+$/, "")}/api/v1/sites/${encodeURIComponent(siteKey)}`;
}

/** Whether its readers have not consented yet, where the host says that they must. */
export function needsConsent(host: HTMLElement): boolean {
  return host.getAttribute("consent") === "required";
}

export function mayStore(host: HTMLElement): boolean {
  return host.getAttribute("storage") !== "none" && !needsConsent(host);
}

/** Whether the host hears what its readers write. */
export function mayTell(host: HTMLElement): boolean {
  return host.getAttribute("events") === "with-text";
}

/** A JSON list, or questions with | between them. */
export function parseSuggestions(value: string): string[] {
  let list: unknown[] = value.split("|");
  if (value.startsWith("[")) {
    try {
      list = JSON.parse(value) as unknown[];
    } catch {
      list = [];
    }
  }
  return list.flatMap((question) => (typeof question === "string" && question.trim()) || []);
}

/** The page the reader is on, without what its address may carry of them. */
export function currentPage(host: HTMLElement): { url: string; title: string } {
  return {
    url: host.getAttribute("page-url") ?? location.origin + location.pathname,
    title: host.getAttribute("page-title") ?? document.title,
  };
}
