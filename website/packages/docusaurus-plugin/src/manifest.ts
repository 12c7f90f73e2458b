/** docs-manifest.json: what one locale's build holds, for `askdocs index`. */

import { createHash } from "node:crypto";
import type { ContentPage, SiteContent, Version } from "./content";

export interface ManifestPage {
  /** The built file, relative to the manifest's folder. */
  file: string;
  /** The address as readers open it, from the origin's root. */
  url: string;
  docId: string | null;
  /** "" for a page that belongs to every version. */
  version: string;
  isLast: boolean;
  locale: string;
  /** The language the text is really in: the default locale's on a page that nobody has translated. */
  contentLanguage: string;
  title: string;
  description: string;
  sidebar: string[];
  source: string;
  editUrl: string | null;
  unlisted: boolean;
  tags: string[];
  /** Of the built file. */
  sha256: string;
}

export interface Manifest {
  schema: 1;
  generator: "docusaurus-plugin-askdocs";
  site: { title: string; url: string; baseUrl: string };
  locale: string;
  defaultLocale: string;
  locales: string[];
  versions: Version[];
  pages: ManifestPage[];
}

/** What of a site's configuration the manifest depends on, for one locale's build. */
export interface Build {
  site: Manifest["site"];
  titleDelimiter: string;
  trailingSlash: boolean | undefined;
  locale: string;
  defaultLocale: string;
  locales: string[];
  /** The folder of this locale's translations as sources name it, such as "@site/i18n/de/". */
  translations: string;
}

/**
 * `read` gives a built file's content by its path, or null when the build has no such file: such pages are
 * left out and named in `missing`.
 */
export async function buildManifest(
  build: Build,
  content: SiteContent,
  read: (file: string) => Promise<Buffer | null>,
): Promise<{ manifest: Manifest; missing: string[] }> {
  const pages = new Map<string, ManifestPage>();
  const missing: string[] = [];
  for (const page of content.pages) {
    const url = readerUrl(page.permalink, build);
    const file = builtFile(url, build);
    const built = await read(file);
    if (built === null) {
      missing.push(file);
    } else {
      pages.set(file, manifestPage(build, page, { url, file, built }));
    }
  }
  const { site, locale, defaultLocale, locales } = build;
  return {
    manifest: {
      schema: 1,
      generator: "docusaurus-plugin-askdocs",
      site,
      locale,
      defaultLocale,
      locales,
      versions: content.versions,
      pages: [...pages.values()].sort((a, b) => (a.file < b.file ? -1 : 1)),
    },
    missing,
  };
}

/** The address that the site's own links use, which the setting `trailingSlash` decides. */
export function readerUrl(permalink: string, { site, trailingSlash }: Pick<Build, "site" | "trailingSlash">): string {
  if (trailingSlash === undefined || permalink === "/" || permalink === site.baseUrl) {
    return permalink;
  }
  const bare = permalink.replace(/\/+$/, "");
  return trailingSlash ? `${bare}/` : bare;
}

/** Where Docusaurus writes the page of an address, relative to the locale's output folder. */
export function builtFile(url: string, { site, trailingSlash }: Pick<Build, "site" | "trailingSlash">): string {
  const below = url.startsWith(site.baseUrl) ? url.slice(site.baseUrl.length) : url.replace(/^\/+/, "");
  const path = decodePath(below);
  if (/\.html?$/i.test(path)) {
    return path;
  }
  if (path === "" || path.endsWith("/")) {
    return `${path}index.html`;
  }
  return trailingSlash === false ? `${path}.html` : `${path}/index.html`;
}

/** Docs, Markdown pages and posts fall back to the default locale's file; React pages translate their strings in place. */
export function contentLanguage(source: string, build: Pick<Build, "locale" | "defaultLocale" | "translations">): string {
  const translatable = /\.mdx?$/i.test(source);
  return !translatable || source.startsWith(build.translations) ? build.locale : build.defaultLocale;
}

/** The text of a built page's <title> without the site's name. */
export function builtTitle(html: string, siteTitle: string, delimiter: string): string {
  const raw = /<title\b[^>]*>([^<]*)/i.exec(html)?.[1] ?? "";
  const title = decodeEntities(raw).trim();
  const suffix = ` ${delimiter} ${siteTitle}`;
  return title.endsWith(suffix) ? title.slice(0, -suffix.length) : title;
}

/** The text of a built page's description, "" if it has none. */
export function builtDescription(html: string): string {
  const tag = /<meta\b(?=[^>]*\bname=["']?description["'\s])[^>]*>/i.exec(html)?.[0] ?? "";
  const value = /\bcontent=(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(tag);
  return decodeEntities(value?.[1] ?? value?.[2] ?? value?.[3] ?? "").trim();
}

function manifestPage(
  build: Build,
  page: ContentPage,
  { url, file, built }: { url: string; file: string; built: Buffer },
): ManifestPage {
  // A React page says its title and description nowhere but in what it renders.
  const html = page.title === null ? built.toString("utf8") : "";
  return {
    file,
    url,
    docId: page.docId,
    version: page.version,
    isLast: page.isLast,
    locale: build.locale,
    contentLanguage: contentLanguage(page.source, build),
    title: page.title ?? builtTitle(html, build.site.title, build.titleDelimiter),
    description: page.description || builtDescription(html),
    sidebar: page.sidebar,
    source: page.source,
    editUrl: page.editUrl,
    unlisted: page.unlisted,
    tags: page.tags,
    sha256: createHash("sha256").update(built).digest("hex"),
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A permalink may hold a bare percent sign; Docusaurus then writes the file under that very name.
    return path;
  }
}

function decodeEntities(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) {
      return named[name.toLowerCase()] ?? whole;
    }
    return String.fromCodePoint(decimal === undefined ? parseInt(hex ?? "", 16) : parseInt(decimal, 10));
  });
}
