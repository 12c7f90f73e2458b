/** Invitations to ask: an item of the navbar, a line below each doc, a button on blocks of code, an offer in the search. */

import { inLocale, type Options } from "./options";
import { textsIn, type FooterTexts } from "./texts";

interface NavbarItem {
  type: "html";
  position: "left" | "right";
  value: string;
}

/** An item of plain HTML, which every theme's navbar can show, also in the menu of phones. */
export function navbarItem({ label, position }: Exclude<Options["navbar"], false>, locale: string): NavbarItem {
  const text = inLocale(label, locale) ?? textsIn(locale).navbar;
  const value = `<button type="button" class="askdocs-navbar" data-askdocs-open aria-haspopup="dialog">${escapeHtml(text)}</button>`;
  return { type: "html", position, value };
}

/** `themeConfig` is the site's, whether the theme has filled in its defaults already or not. */
export function addToNavbar(themeConfig: Record<string, unknown>, item: NavbarItem): void {
  const navbar = (themeConfig.navbar ?? {}) as { items?: unknown[] };
  themeConfig.navbar = { ...navbar, items: [...(navbar.items ?? []), item] };
}

/** What the browser writes, of the options that are on. */
export interface Invitations {
  footer: FooterTexts | false;
  code: string | false;
  search: string | false;
}

export function invitations({ footer, code, search }: Options, locale: string): Invitations {
  const texts = textsIn(locale);
  return {
    footer: footer && {
      question: inLocale(footer.question, locale) ?? texts.footer.question,
      label: inLocale(footer.label, locale) ?? texts.footer.label,
    },
    code: code && (inLocale(code.label, locale) ?? texts.code),
    search: search && (inLocale(search.label, locale) ?? texts.search),
  };
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
