/** A chunk of its own: tells the parts of code apart, in languages that docs show. It weighs more than all the extras. */

import {
  bash,
  c,
  css,
  diff,
  docker,
  go,
  html,
  http,
  ini,
  java,
  js,
  jsdoc,
  json,
  lua,
  make,
  md,
  pl,
  py,
  regex,
  rs,
  sql,
  todo,
  toml,
  ts,
  uri,
  xml,
  yaml,
} from "@speed-highlight/core/languages";
import { tokenizeWith, type ShjLanguageData } from "@speed-highlight/core/tokenize";

// Its own types leave out that a rule may have the key of another kind with the value undefined.
const languages = {
  ...{ bash, c, css, diff, docker, go, html, http, ini, java, js, jsdoc, json, lua, make, md, pl, py, regex },
  ...{ rs, sql, todo, toml, ts, uri, xml, yaml },
} as unknown as Record<string, ShjLanguageData>;

/** What authors write behind the fence, by the name that a language has here. */
const ALIASES = {
  bash: "console sh shell shell-session zsh",
  c: "cpp h",
  css: "less scss",
  docker: "dockerfile",
  go: "golang",
  html: "svelte vue",
  ini: "cfg conf properties",
  java: "cs kotlin",
  js: "javascript jsx mjs",
  json: "json5 jsonc",
  make: "makefile",
  md: "markdown mdx",
  pl: "perl",
  py: "python",
  rs: "rust",
  ts: "tsx typescript",
  xml: "svg",
  yaml: "yml",
};
const names = new Map(Object.entries(ALIASES).flatMap(([name, others]) => others.split(" ").map((other) => [other, name])));

/** Each part of the code with its type, "" for most; undefined of a language that is not known. */
export function tokens(code: string, language: string): [text: string, type: string][] | undefined {
  const name = names.get(language) ?? language;
  const found: [string, string][] = [];
  if (!Object.hasOwn(languages, name)) {
    return undefined;
  }
  tokenizeWith(code, languages[name]!, (text, type) => found.push([text, type ?? ""]), { languages });
  return found;
}
