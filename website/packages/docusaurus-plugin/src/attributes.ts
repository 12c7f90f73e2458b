/** What the options say of the chat, as attributes of its element. */

import { inLocale, type Localized, type Options } from "./options";
import { byLocale } from "./words";

/** For the readers of one locale; `baseUrl` is its own. What the widget does by itself is left out. */
export function attributes(options: Options, locale: string, baseUrl: string): Record<string, string> {
  const { shortcut, layout, consent, events, maxLength, suggestions } = options;
  const tables = byLocale(options.strings);
  const strings = tables ? tables[locale] : options.strings;
  const questions = Array.isArray(suggestions) ? suggestions : (suggestions[locale] ?? []);
  const address = (given: Localized | undefined): string | undefined =>
    inLocale(given, locale)?.replace(/^\//, () => baseUrl);
  const given = {
    "site-key": options.siteKey,
    api: options.api,
    locale,
    label: inLocale(options.label, locale) ?? LABELS[locale.split(/[-_]/)[0]!.toLowerCase()],
    suggestions: questions.length > 0 ? JSON.stringify(questions) : undefined,
    shortcut: shortcut === false ? "none" : shortcut,
    layout: layout === "floating" ? undefined : layout,
    launcher: options.launcher ? undefined : "none",
    strings: strings && JSON.stringify(strings),
    "privacy-url": address(options.privacyUrl),
    "search-url": address(options.searchUrl),
    "support-url": address(options.supportUrl),
    excerpts: options.excerpts ? undefined : "none",
    storage: options.storage === "session" ? undefined : options.storage,
    consent,
    events,
    "max-length": maxLength === undefined ? undefined : String(maxLength),
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What the chat's button says before the chat is loaded; the loader itself brings English and German with it. */
const LABELS: Record<string, string> = {
  ar: "اسأل الوثائق",
  es: "Preguntar a la documentación",
  fr: "Interroger la doc",
  ja: "ドキュメントに質問",
  pt: "Perguntar à documentação",
  zh: "向文档提问",
};
