/** What the content plugins know of a site's pages, read into one flat list. */

/** The part of Docusaurus' loaded plugins that this file reads. */
export interface ContentPlugin {
  name: string;
  content: unknown;
  options?: { id?: string };
}

export interface Version {
  name: string;
  label: string;
  isLast: boolean;
  path: string;
}

/** A page as its plugin describes it. `title` is null where only the built file tells it. */
export interface ContentPage {
  permalink: string;
  docId: string | null;
  version: string;
  isLast: boolean;
  title: string | null;
  description: string;
  sidebar: string[];
  source: string;
  editUrl: string | null;
  unlisted: boolean;
  tags: string[];
  frontMatter: FrontMatter;
}

export type FrontMatter = Record<string, unknown>;

export interface SiteContent {
  versions: Version[];
  pages: ContentPage[];
}

interface Tag {
  label: string;
}

export interface Doc {
  id: string;
  title: string;
  description?: string;
  permalink: string;
  source: string;
  sidebar?: string;
  editUrl?: string | null;
  unlisted?: boolean;
  tags?: Tag[];
  frontMatter?: FrontMatter;
}

export interface SidebarItem {
  type: string;
  id?: string;
  label?: string;
  link?: { type: string; id?: string };
  items?: SidebarItem[];
}

export interface LoadedVersion {
  versionName: string;
  label: string;
  isLast: boolean;
  path: string;
  docs: Doc[];
  sidebars: Record<string, SidebarItem[]>;
}

interface Authored {
  permalink: string;
  source: string;
  title?: string;
  description?: string;
  editUrl?: string;
  unlisted?: boolean;
  tags?: Tag[];
  frontMatter?: FrontMatter;
}

export function readContent(plugins: readonly ContentPlugin[]): SiteContent {
  const versions: Version[] = [];
  const pages: ContentPage[] = [];
  for (const plugin of plugins) {
    if (plugin.name === "docusaurus-plugin-content-docs") {
      const { loadedVersions } = plugin.content as { loadedVersions: LoadedVersion[] };
      const versioned = isVersioned(loadedVersions.map((version) => version.versionName));
      for (const version of loadedVersions) {
        if (versioned) {
          versions.push({ name: version.versionName, label: version.label, isLast: version.isLast, path: version.path });
        }
        pages.push(...docPages(version, versioned));
      }
    } else if (plugin.name === "docusaurus-plugin-content-pages") {
      pages.push(...((plugin.content ?? []) as Authored[]).map(authoredPage));
    } else if (plugin.name === "docusaurus-plugin-content-blog") {
      const { blogPosts } = plugin.content as { blogPosts: { metadata: Authored }[] };
      pages.push(...blogPosts.map((post) => authoredPage(post.metadata)));
    }
  }
  return { versions, pages };
}

/** Docusaurus calls docs without versions "current"; readers of such docs have no version to choose. */
export function isVersioned(names: readonly string[]): boolean {
  return names.length > 1 || names[0] !== "current";
}

/** The labels above and including each doc of a sidebar, outermost first, by doc id. */
export function sidebarPaths(items: readonly SidebarItem[], titles: ReadonlyMap<string, string>): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  const walk = (siblings: readonly SidebarItem[], above: readonly string[]): void => {
    for (const item of siblings) {
      if ((item.type === "doc" || item.type === "ref") && item.id !== undefined) {
        paths.set(item.id, [...above, item.label ?? titles.get(item.id) ?? item.id]);
      } else if (item.type === "category") {
        const here = [...above, item.label ?? ""];
        if (item.link?.type === "doc" && item.link.id !== undefined) {
          paths.set(item.link.id, here);
        }
        walk(item.items ?? [], here);
      }
    }
  };
  walk(items, []);
  return paths;
}

function docPages(version: LoadedVersion, versioned: boolean): ContentPage[] {
  const titles = new Map(version.docs.map((doc) => [doc.id, doc.title]));
  const paths = new Map(
    Object.entries(version.sidebars).map(([name, items]) => [name, sidebarPaths(items, titles)] as const),
  );
  return version.docs.map((doc) => ({
    permalink: doc.permalink,
    docId: doc.id,
    version: versioned ? version.versionName : "",
    isLast: version.isLast,
    title: doc.title,
    description: doc.description ?? "",
    sidebar: (doc.sidebar === undefined ? undefined : paths.get(doc.sidebar)?.get(doc.id)) ?? [],
    source: doc.source,
    editUrl: doc.editUrl ?? null,
    unlisted: doc.unlisted ?? false,
    tags: (doc.tags ?? []).map((tag) => tag.label),
    frontMatter: doc.frontMatter ?? {},
  }));
}

function authoredPage(page: Authored): ContentPage {
  return {
    permalink: page.permalink,
    docId: null,
    version: "",
    isLast: true,
    title: page.title ?? null,
    description: page.description ?? "",
    sidebar: [],
    source: page.source,
    editUrl: page.editUrl ?? null,
    unlisted: page.unlisted ?? false,
    tags: (page.tags ?? []).map((tag) => tag.label),
    frontMatter: page.frontMatter ?? {},
  };
}
