/** Invitations to ask: an item of the navbar, a line below each doc, a button on blocks of code, an offer in the search. */

import type { Localized, Options } from "./options";

/** What the browser writes: below each doc the question and a button; on code the button, which asks the question. */
export interface Texts {
  question: string;
  label: string;
}

const TEXTS: Record<string, { navbar: string; footer: Texts; code: Texts; search: string }> = {
  en: {
    navbar: "Ask AI",
    footer: { question: "Was your question answered?", label: "Ask about this page" },
    code: { question: "What does this code do?", label: "Ask about this code" },
    search: "Ask AI about “{words}”",
  },
  de: {
    navbar: "KI fragen",
    footer: { question: "Noch eine Frage offen?", label: "Zu dieser Seite fragen" },
    code: { question: "Was macht dieser Code?", label: "Zu diesem Code fragen" },
    search: "KI fragen: „{words}“",
  },
};

interface NavbarItem {
  type: "html";
  position: "left" | "right";
  value: string;
}

/** An item of plain HTML, which every theme's navbar can show, also in the menu of phones. */
export function navbarItem({ label, position }: Exclude<Options["navbar"], false>, locale: string): NavbarItem {
  const text = inLocale(label, locale) ?? texts(locale).navbar;
  const value = `<button type="button" class="askdocs-navbar" data-askdocs-open aria-haspopup="dialog">${escapeHtml(text)}</button>`;
  return { type: "html", position, value };
}

/** `themeConfig` is the site's, whether the theme has filled in its defaults already or not. */
export function addToNavbar(themeConfig: Record<string, unknown>, item: NavbarItem): void {
  const navbar = (themeConfig.navbar ?? {}) as { items?: unknown[] };
  themeConfig.navbar = { ...navbar, items: [...(navbar.items ?? []), item] };
}

/** The texts of an option that is on. */
export function textsOf(name: "footer" | "code", options: Options, locale: string): Texts | null {
  const given = options[name];
  if (given === false) {
    return null;
  }
  const { question, label } = texts(locale)[name];
  return { question: inLocale(given.question, locale) ?? question, label: inLocale(given.label, locale) ?? label };
}

/** What the search offers, with {words} for what was typed. */
export function searchLabel(search: Options["search"], locale: string): string | null {
  return search === false ? null : (inLocale(search.label, locale) ?? texts(locale).search);
}

/** Those of the language where there are none of the region, and else the English ones. */
function texts(locale: string): (typeof TEXTS)[string] {
  return TEXTS[locale.split("-")[0]!.toLowerCase()] ?? TEXTS.en!;
}

function inLocale(text: Localized | undefined, locale: string): string | undefined {
  return typeof text === "object" ? text[locale] : text;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
