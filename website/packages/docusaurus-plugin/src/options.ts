/** What a site's configuration may say to the plugin, and the checks on it. */

import { Joi } from "@docusaurus/utils-validation";
import type { OptionValidationContext } from "@docusaurus/types";
import type { LlmsOptions } from "./llms";

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
  /** Questions offered in an empty chat: one list, or one for each locale. */
  suggestions: string[] | Record<string, string[]>;
  /** The keys that open the chat, such as "mod+k", or false for none. Undefined leaves it to the widget. */
  shortcut?: string | false;
}

/** What a configuration may say, where true stands for an option's defaults. */
export type GivenOptions = Partial<Omit<Options, "llms">> & { llms?: Partial<LlmsOptions> | boolean };

const questions = Joi.array().items(Joi.string().min(1).max(200)).max(6);

const llms = Joi.object<LlmsOptions>({
  full: Joi.boolean().default(true).messages({ "boolean.base": '"llms.full" must be true or false' }),
  pages: Joi.boolean().default(true).messages({ "boolean.base": '"llms.pages" must be true or false' }),
}).messages({ "object.unknown": '"llms" knows "full" and "pages", not {#label}' });

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
  llms: Joi.alternatives()
    .try(Joi.boolean().strict(), llms)
    .default(false)
    .messages({ "alternatives.types": '"llms" must be true, false, or an object with "full" and "pages"' }),
  widget: Joi.boolean().default(true),
  suggestions: Joi.alternatives()
    .try(questions, Joi.object().pattern(Joi.string(), questions))
    .default([])
    .messages({
      "alternatives.match": '"suggestions" must be a list of at most 6 questions, or one such list for each locale',
      "alternatives.types": '"suggestions" must be a list of at most 6 questions, or one such list for each locale',
    }),
  shortcut: Joi.alternatives()
    .try(Joi.valid(false), Joi.string().min(1))
    .messages({ "alternatives.types": '"shortcut" must be keys such as "mod+k", or false' }),
});

export function validateOptions({
  validate,
  options,
}: OptionValidationContext<GivenOptions | undefined, Options>): Options {
  const checked = validate(schema, options ?? {}) as Omit<Options, "llms"> & { llms: LlmsOptions | boolean };
  const written = checked.llms === true ? { full: true, pages: true } : checked.llms;
  return { ...checked, llms: written, api: checked.api.replace(/\/+$/, "") };
}

/** The questions to offer readers of one locale. */
export function suggestionsFor(options: Options, locale: string): string[] {
  return Array.isArray(options.suggestions) ? options.suggestions : (options.suggestions[locale] ?? []);
}
