/** llms.txt and llms-full.txt (https://llmstxt.org): a site's pages for programs that read text rather than pages. */

import type { ContentPlugin, Doc, LoadedVersion, SidebarItem } from "./content";
import { isVersioned } from "./content";
import { readerUrl, type Build, type ManifestPage } from "./manifest";

export interface LlmsFile {
  /** Relative to the locale's output folder. */
  file: string;
  text: string;
}

/** One llms.txt: the site's at its root, or that of a docs version that is not the default one. */
interface Guide {
  /** Relative to the locale's output folder: "" or "docs/next/". */
  folder: string;
  title: string;
  sections: Section[];
}

interface Section {
  title: string;
  pages: ManifestPage[];
}

export interface LlmsSite {
  build: Build;
  tagline: string;
  /** The address of each other locale's llms.txt. */
  locales: { label: string; url: string }[];
}

export interface LlmsOptions {
  /** Whether llms-full.txt, which holds the text of all pages, is written as well. */
  full: boolean;
  /** Whether each page's Markdown is written beside it, and linked from llms.txt in its stead. */
  pages: boolean;
}

/** `markdown` gives a page's text. Unlisted pages are left out; drafts are not built at all. */
export async function writeLlms(
  site: LlmsSite,
  options: LlmsOptions,
  content: { plugins: readonly ContentPlugin[]; pages: readonly ManifestPage[] },
  markdown: (page: ManifestPage) => Promise<string>,
): Promise<LlmsFile[]> {
  const listed = content.pages.filter((page) => !page.unlisted);
  const guides = planGuides(site.build, content.plugins, listed);
  const texts = new Map<ManifestPage, string>();
  if (options.full || options.pages) {
    for (const page of guides.flatMap(({ sections }) => sections.flatMap(({ pages }) => pages))) {
      texts.set(page, await markdown(page));
    }
  }
  const files = options.pages ? [...texts].map(([page, text]) => ({ file: markdownFile(page.url, site.build), text })) : [];
  for (const guide of guides) {
    files.push({ file: `${guide.folder}llms.txt`, text: indexText(site, options, guide, guides) });
    if (options.full) {
      files.push({ file: `${guide.folder}llms-full.txt`, text: fullText(site, guide, texts) });
    }
  }
  return files;
}

/** /docs/page and /docs/page/ both have /docs/page.md, and the site's root has /index.md. */
export function markdownFile(url: string, build: Pick<Build, "site">): string {
  const below = url.startsWith(build.site.baseUrl) ? url.slice(build.site.baseUrl.length) : url.replace(/^\/+/, "");
  const bare = decodeURI(below).replace(/\/+$/, "").replace(/\.html?$/i, "");
  return `${bare === "" ? "index" : bare}.md`;
}

function planGuides(build: Build, plugins: readonly ContentPlugin[], listed: readonly ManifestPage[]): Guide[] {
  const byUrl = new Map(listed.map((page) => [page.url, page]));
  const pageOf = (permalink: string): ManifestPage | undefined => byUrl.get(readerUrl(permalink, build));
  const root: Guide = { folder: "", title: build.site.title, sections: [] };
  const others: Guide[] = [];
  for (const plugin of plugins) {
    if (plugin.name === "docusaurus-plugin-content-docs") {
      const { loadedVersions } = plugin.content as { loadedVersions: LoadedVersion[] };
      const instance = plugin.options?.id ?? "default";
      for (const version of loadedVersions) {
        const sections = versionSections(version, pageOf);
        if (version.isLast || !isVersioned(loadedVersions.map(({ versionName }) => versionName))) {
          root.sections.push(...sections.map(({ title, pages }) => ({ title: named(instance, title), pages })));
        } else if (sections.length > 0) {
          const folder = `${version.path.slice(build.site.baseUrl.length).replace(/\/+$/, "")}/`;
          others.push({ folder, title: named(instance, `${build.site.title} ${version.label}`), sections });
        }
      }
    }
  }
  const rest = listed.filter((page) => page.docId === null && page.url !== build.site.baseUrl);
  // The specification's name for what may be left out where the room is short.
  return [{ ...root, sections: [...root.sections, { title: "Optional", pages: rest }] }, ...others].map((guide) => ({
    ...guide,
    sections: guide.sections.filter(({ pages }) => pages.length > 0),
  }));
}

function named(instance: string, title: string): string {
  return instance === "default" ? title : `${instance}: ${title}`;
}

/** The sidebars' categories in their order; what stands above them, or in no sidebar, under the name of the docs. */
function versionSections(version: LoadedVersion, pageOf: (permalink: string) => ManifestPage | undefined): Section[] {
  const permalinks = new Map(version.docs.map((doc) => [doc.id, doc.permalink]));
  const placed = new Set<string>();
  const sections = new Map<string, ManifestPage[]>();
  const place = (title: string, id: string): void => {
    const permalink = permalinks.get(id);
    const page = permalink === undefined || placed.has(id) ? undefined : pageOf(permalink);
    if (page !== undefined) {
      placed.add(id);
      sections.set(title, [...(sections.get(title) ?? []), page]);
    }
  };
  for (const items of Object.values(version.sidebars)) {
    for (const item of items) {
      const title = item.type === "category" ? (item.label ?? LOOSE) : LOOSE;
      docIds(item).forEach((id) => place(title, id));
    }
  }
  version.docs.forEach((doc: Doc) => place(LOOSE, doc.id));
  return [...sections].map(([title, pages]) => ({ title, pages }));
}

const LOOSE = "Docs";

function docIds(item: SidebarItem): string[] {
  const own = item.type === "category" ? (item.link?.type === "doc" ? item.link.id : undefined) : item.id;
  return [...(own === undefined ? [] : [own]), ...(item.items ?? []).flatMap(docIds)];
}

function indexText(site: LlmsSite, { full, pages }: LlmsOptions, guide: Guide, guides: readonly Guide[]): string {
  const { url: origin, baseUrl } = site.build.site;
  const at = (file: string): string => encodeURI(`${origin}${baseUrl}${file}`);
  const lines = [`# ${guide.title}`, ""];
  if (site.tagline !== "") {
    lines.push(`> ${oneLine(site.tagline)}`, "");
  }
  if (full) {
    lines.push(`The text of all these pages in one file: [llms-full.txt](${at(`${guide.folder}llms-full.txt`)})`, "");
  }
  for (const section of guide.sections) {
    lines.push(`## ${section.title}`, "");
    for (const page of section.pages) {
      lines.push(entry(page.title, pages ? at(markdownFile(page.url, site.build)) : origin + page.url, page.description));
    }
    lines.push("");
  }
  const elsewhere = guide.folder === "" ? guides.slice(1) : [];
  const related = [
    ...elsewhere.map(({ title, folder }) => entry(title, at(`${folder}llms.txt`), "")),
    ...(guide.folder === "" ? site.locales.map(({ label, url }) => entry(label, url, "")) : []),
  ];
  if (related.length > 0) {
    lines.push("## Other versions and languages", "", ...related, "");
  }
  return lines.join("\n");
}

function entry(title: string, url: string, description: string): string {
  const label = oneLine(title).replace(/[[\]\\]/g, "\\$&");
  return `- [${label}](${url.replace(/[()]/g, encodeURIComponent)})${description === "" ? "" : `: ${oneLine(description)}`}`;
}

function fullText(site: LlmsSite, guide: Guide, texts: ReadonlyMap<ManifestPage, string>): string {
  const pages = guide.sections.flatMap((section) => section.pages);
  const bodies = pages.map((page) => `Source: ${site.build.site.url}${page.url}\n\n${texts.get(page) ?? ""}`);
  return [`# ${guide.title}\n`, ...bodies].join("\n---\n\n");
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, " ").trim();
}
