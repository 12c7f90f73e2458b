/** Invitations to ask that stand in the pages: an item of the navbar, and a line below each doc. */

import type { Localized, Options } from "./options";

/** What the browser writes below each doc. */
export interface FooterTexts {
  question: string;
  label: string;
}

const TEXTS: Record<string, { navbar: string } & FooterTexts> = {
  en: { navbar: "Ask AI", question: "Was your question answered?", label: "Ask about this page" },
  de: { navbar: "KI fragen", question: "Noch eine Frage offen?", label: "Zu dieser Seite fragen" },
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

export function footerTexts(footer: Options["footer"], locale: string): FooterTexts | null {
  if (footer === false) {
    return null;
  }
  const { question, label } = texts(locale);
  return { question: inLocale(footer.question, locale) ?? question, label: inLocale(footer.label, locale) ?? label };
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
