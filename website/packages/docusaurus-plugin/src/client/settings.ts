/** What the site's configuration says to the browser. */

import globalData from "@generated/globalData";
import type { CodeTexts } from "./code";
import type { FooterTexts } from "./footer";

interface Settings {
  siteKey: string;
  api: string;
  script: string;
  suggestions: string[];
  shortcut: string | false | null;
  footer: FooterTexts | null;
  code: CodeTexts | null;
  search: string | null;
}

export const settings = globalData["docusaurus-plugin-askdocs"]?.default as Settings;
