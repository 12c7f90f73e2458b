/** What the site's configuration says to the browser. */

import globalData from "@generated/globalData";

interface Settings {
  /** Of the chat's element. */
  attributes: Record<string, string>;
  script: string;
  /** The questions that pages name themselves, by their paths. */
  starters: Record<string, string[]>;
  footer: { question: string; label: string } | false;
  /** The name of the button on blocks of code. */
  code: string | false;
  /** What a search offers, with {words} for what was typed. */
  search: string | false;
}

export const settings = globalData["docusaurus-plugin-askdocs"]?.default as Settings;
