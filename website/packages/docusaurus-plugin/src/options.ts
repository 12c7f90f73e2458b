/** What a site's configuration may say to the plugin, and the checks on it. */

import { Joi } from "@docusaurus/utils-validation";
import type { OptionValidationContext } from "@docusaurus/types";
import type { LlmsOptions } from "./llms";
import { byLocale, checkWords, type Words } from "./words";

export interface Options {
  /** The instance's id. Docusaurus sets it; there is one chat, so it stays "default". */
  id: string;
  /** The site's public key, as `askdocs site add` prints it. */
  siteKey: string;
  /** Where the backend answers, without a trailing slash; "" when it serves this site itself. */
  api: string;
  /** Whether builds write docs-manifest.json, which `askdocs index` reads. */
  manifest: boolean;
  /** Which files for programs that read text builds write beside the pages, or false for none. */
  llms: LlmsOptions | false;
  /** Whether pages show the chat. */
  widget: boolean;
  /** The navbar's item that opens the chat, or false for none. */
  navbar: { position: "left" | "right"; label?: Localized } | false;
  /** The line below each doc that opens the chat, or false for none. */
  footer: { question?: Localized; label?: Localized } | false;
  /** The button on blocks of code that takes them into the chat, or false for none. */
  code: { label?: Localized } | false;
  /** The offer to ask what was typed into the site's search, or false for none. The label holds {words}. */
  search: { label?: Localized } | false;
  /** Questions offered in an empty chat: one list, or one for each locale. */
  suggestions: string[] | Record<string, string[]>;
  /** The keys that open the chat, such as "mod+k", or false for none. Undefined leaves it to the widget. */
  shortcut?: string | false;
  /** Where the chat stands on wide screens. */
  layout: "floating" | "docked";
  /** Whether the chat's own button is in the corner. */
  launcher: boolean;
  /** What that button says, and the chat's title. */
  label?: Localized;
  /** Other words for the chat, by the widget's names for them: one table, or one for each locale. */
  strings?: Words | Record<string, Words>;
  /** A page about privacy. Addresses that begin with one slash are pages of this site, in the reader's locale. */
  privacyUrl?: Localized;
  /** The site's search and its people, for readers whose answer was not enough; {question} stands for the question. */
  searchUrl?: Localized;
  supportUrl?: Localized;
  /** Whether readers are offered to ask about text that they select. */
  excerpts: boolean;
  /** Where conversations are kept: in the tab, the last ten on the reader's device as well, or nowhere. */
  storage: "session" | "device" | "none";
  /** Whether nothing is stored until the site's script says that its reader consents. */
  consent?: "required";
  /** Whether the events of the chat hold the words of questions; they hold none unless this says so. */
  events?: "with-text";
  /** The longest question in characters; undefined leaves it to the widget. */
  maxLength?: number;
}

/** One text, or one for each locale; a locale that has none takes the plugin's. */
export type Localized = string | Record<string, string>;

type Switch<T> = Partial<Exclude<T, false>> | boolean;

/** What a configuration may say, where true stands for an option's defaults. */
export type GivenOptions = Partial<Omit<Options, SwitchName>> & { [Name in SwitchName]?: Switch<Options[Name]> };

type SwitchName = "llms" | "navbar" | "footer" | "code" | "search";

/** What an empty chat offers. */
export const questions = Joi.array().items(Joi.string().min(1).max(200)).max(6);

function localized(option: string, text = Joi.string().min(1).max(80)): Joi.Schema {
  const sentence = `"${option}" must be a text, or an object with a text for each locale`;
  return Joi.alternatives()
    .try(text, Joi.object().pattern(Joi.string(), text))
    .messages({ "alternatives.match": `${sentence}, of at most 80 characters`, "alternatives.types": sentence });
}

/** An option that is true, false, or an object; true becomes the object's defaults. */
function togglable(option: string, keys: Record<string, Joi.Schema>): Joi.Schema {
  const known = Object.keys(keys).map((key) => `"${key}"`).join(" and ");
  const detailed = Joi.object(keys).messages({ "object.unknown": `"${option}" knows ${known}, not {#label}` });
  return Joi.alternatives()
    .try(Joi.boolean().strict(), detailed)
    .default(false)
    .custom((value: unknown) => (value === true ? (detailed.validate({}).value as unknown) : value))
    .messages({ "alternatives.types": `"${option}" must be true, false, or an object with ${known}` });
}

const flag = (option: string): Joi.Schema =>
  Joi.boolean().default(true).messages({ "boolean.base": `"${option}" must be true or false` });

const offer = Joi.string()
  .max(80)
  .pattern(/\{words\}/)
  .messages({ "string.pattern.base": '{#label} must hold \\{words}, which stands for what was typed' });

/** Addresses that the widget makes links of, and pages of this site. */
const address = (option: string): Joi.Schema => {
  const sentence = `"${option}" must be a full address (https: or mailto:), or a path of this site that begins with one slash`;
  const one = Joi.string().pattern(/^(https?:\/\/[^/]|mailto:.|\/(?!\/))/).messages({ "string.pattern.base": sentence });
  return Joi.alternatives()
    .try(one, Joi.object().pattern(Joi.string(), one))
    .messages({ "alternatives.match": sentence, "alternatives.types": `${sentence}; or an object with one for each locale` });
};

const yesOrNo = (option: string): Joi.Schema =>
  Joi.boolean().strict().default(true).messages({ "boolean.base": `"${option}" must be true or false` });

/** Modifiers in the order in which the widget spells what is pressed, and a key. */
const SHORTCUT = /^(mod\+)?(alt\+)?(shift\+)?([^A-Z\s+]|\+|[a-z][a-z0-9]+)$/;

const schema = Joi.object<Options>({
  id: Joi.string().default("default"),
  siteKey: Joi.string()
    .pattern(/^pk_[A-Za-z0-9_-]+$/)
    .required()
    .messages({
      "any.required": 'docusaurus-plugin-askdocs needs "siteKey": the public key that `askdocs site add` prints',
      "string.base": '"siteKey" must be the public key that `askdocs site add` prints; it is not set',
      "string.empty": '"siteKey" must be the public key that `askdocs site add` prints; it is empty',
      "string.pattern.base": '"siteKey" must be a public key such as pk_docs_local; a secret does not belong here',
    }),
  api: Joi.string()
    .uri({ scheme: ["http", "https"] })
    .allow("")
    .default("")
    .messages({
      "string.uri": '"api" must be the backend\'s full URL (https://ask.example.com) or "" for this site\'s own origin',
      "string.uriCustomScheme":
        '"api" must be the backend\'s full URL (https://ask.example.com) or "" for this site\'s own origin',
    }),
  manifest: Joi.boolean().default(true),
  llms: togglable("llms", { full: flag("llms.full"), pages: flag("llms.pages") }),
  navbar: togglable("navbar", {
    position: Joi.valid("left", "right")
      .default("right")
      .messages({ "any.only": '"navbar.position" must be "left" or "right"' }),
    label: localized("navbar.label"),
  }),
  footer: togglable("footer", { question: localized("footer.question"), label: localized("footer.label") }),
  search: togglable("search", { label: localized("search.label", offer) }),
  code: togglable("code", { label: localized("code.label") }),
  widget: Joi.boolean().default(true),
  suggestions: Joi.alternatives()
    .try(questions, Joi.object().pattern(Joi.string(), questions))
    .default([])
    .messages({
      "alternatives.match": '"suggestions" must be a list of at most 6 questions, or one such list for each locale',
      "alternatives.types": '"suggestions" must be a list of at most 6 questions, or one such list for each locale',
    }),
  shortcut: Joi.any()
    .custom((value: unknown, { error }) => (value === false || (typeof value === "string" && SHORTCUT.test(value)) ? value : error("any.invalid")))
    .messages({
      "any.invalid":
        '"shortcut" must be keys such as "mod+k" or "alt+shift+a" (mod, which is Ctrl or Cmd, alt and shift in this order, then a key in lower case), or false',
    }),
  layout: Joi.valid("floating", "docked")
    .default("floating")
    .messages({
      "any.only":
        '"layout" must be "floating" or "docked"; for a chat within a page put <askdocs-chat layout="inline"> into that page',
    }),
  launcher: yesOrNo("launcher"),
  label: localized("label"),
  strings: Joi.any().custom((value: unknown) => checkWords(value)),
  privacyUrl: address("privacyUrl"),
  searchUrl: address("searchUrl"),
  supportUrl: address("supportUrl"),
  excerpts: yesOrNo("excerpts"),
  storage: Joi.valid("session", "device", "none")
    .default("session")
    .messages({ "any.only": '"storage" must be "session" (kept in the tab), "device" (the last ten on the reader\'s device) or "none"' }),
  consent: Joi.valid("required").messages({
    "any.only": '"consent" must be "required"; leave it out where readers need not be asked',
  }),
  events: Joi.valid("with-text").messages({
    "any.only": '"events" must be "with-text"; leave it out where events need not hold the words of questions',
  }),
  maxLength: Joi.number()
    .strict()
    .integer()
    .min(1)
    .messages({ "*": '"maxLength" must be a number of characters, the server\'s answers.max_question_chars' }),
});

export function validateOptions({
  validate,
  options,
}: OptionValidationContext<GivenOptions | undefined, Options>): Options {
  const checked = validate(schema, options ?? {});
  const invitation = (["navbar", "footer", "code", "search"] as const).find((name) => checked[name] !== false);
  if (!checked.widget && invitation !== undefined) {
    throw new Error(`"${invitation}" opens the chat, which "widget: false" leaves out: set one of the two`);
  }
  return { ...checked, api: checked.api.replace(/\/+$/, "") };
}

/** Undefined where there is no text for the locale. */
export function inLocale(text: Localized | undefined, locale: string): string | undefined {
  return typeof text === "object" ? text[locale] : text;
}

/** What is said in locales that the site does not have, as `"navbar.label.fr"`: a slip, or a configuration of several sites. */
export function strayLocales(options: Options, locales: readonly string[]): string[] {
  const { navbar, footer, code, search, suggestions, label, privacyUrl, searchUrl, supportUrl } = options;
  const given = {
    "navbar.label": navbar && navbar.label,
    "footer.question": footer && footer.question,
    "footer.label": footer && footer.label,
    "code.label": code && code.label,
    "search.label": search && search.label,
    suggestions: Array.isArray(suggestions) ? undefined : suggestions,
    strings: byLocale(options.strings),
    label,
    privacyUrl,
    searchUrl,
    supportUrl,
  };
  return Object.entries(given).flatMap(([option, value]) =>
    typeof value === "object" ? Object.keys(value).filter((key) => !locales.includes(key)).map((key) => `"${option}.${key}"`) : [],
  );
}
