/** The backend that this site asks: where it is, search as the reader types, and the address of questions. */

import { usePluginData } from "@docusaurus/useGlobalData";
import { useActivePluginAndVersion } from "@docusaurus/plugin-content-docs/client";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";

/** What the plugin's configuration says, and where the reader is. */
export interface Backend {
  /** The address of the site's API, without a slash at its end. */
  api: string;
  suggestions: string[];
  /** "" on pages that belong to no version. */
  version: string;
  locale: string;
}

/** The chat's attributes, by their names. */
interface PluginData {
  attributes: { "site-key": string; api?: string; suggestions?: string };
}

export function useBackend(): Backend {
  const { "site-key": siteKey, api = "", suggestions = "[]" } = (usePluginData("docusaurus-plugin-askdocs") as PluginData).attributes;
  const { i18n } = useDocusaurusContext();
  const version = useActivePluginAndVersion()?.activeVersion?.name ?? "";
  return { api: `${api}/api/v1/sites/${siteKey}`, suggestions: JSON.parse(suggestions) as string[], version, locale: i18n.currentLocale };
}

/** A section that fits, as the backend describes it: `marks` are the places of the words in `text`. */
export interface Section {
  url: string;
  title: string;
  heading: string[];
  text: string;
  marks: [number, number][];
}

/** Throws when there is no backend, or none that answers. */
export async function search({ api, version, locale }: Backend, query: string, signal: AbortSignal): Promise<Section[]> {
  const response = await fetch(`${api}/search`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, version, locale }),
    credentials: "omit",
    signal,
  });
  if (!response.ok) {
    throw new Error(`the search was answered with ${response.status}`);
  }
  return ((await response.json()) as { sections: Section[] }).sections;
}
