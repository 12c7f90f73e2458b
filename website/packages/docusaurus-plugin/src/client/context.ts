/** Which docs version a page belongs to, told by its path alone. */

interface GlobalDoc {
  id: string;
  path: string;
}

interface GlobalVersion {
  name: string;
  label: string;
  isLast: boolean;
  path: string;
  docs: GlobalDoc[];
}

/** Docusaurus' global data, of which only the docs plugin's part matters here. */
export type GlobalData = Record<string, Record<string, unknown> | undefined>;

export interface PageContext {
  /** "" on pages that belong to no version. */
  version: string;
  label: string;
  docId: string | null;
}

const NOWHERE: PageContext = { version: "", label: "", docId: null };

/**
 * A page that is a doc of some version, or else lies below a version's path (an index, a tag): then the
 * version with the longest such path, since the last version's path is a prefix of the others'.
 */
export function pageContext(pathname: string, globalData: GlobalData): PageContext {
  const here = normalize(pathname);
  let nearest: GlobalVersion | undefined;
  for (const versions of versionedDocs(globalData)) {
    for (const version of versions) {
      const doc = version.docs.find((candidate) => normalize(candidate.path) === here);
      if (doc !== undefined) {
        return { version: version.name, label: version.label, docId: doc.id };
      }
      if (isBelow(here, normalize(version.path)) && version.path.length > (nearest?.path.length ?? -1)) {
        nearest = version;
      }
    }
  }
  return nearest === undefined ? NOWHERE : { version: nearest.name, label: nearest.label, docId: null };
}

function versionedDocs(globalData: GlobalData): GlobalVersion[][] {
  const instances = Object.values(globalData["docusaurus-plugin-content-docs"] ?? {});
  return instances
    .map((instance) => (instance as { versions?: GlobalVersion[] }).versions ?? [])
    .filter((versions) => versions.length > 1 || (versions[0] !== undefined && versions[0].name !== "current"));
}

function isBelow(here: string, root: string): boolean {
  return here === root || here.startsWith(root === "/" ? "/" : `${root}/`);
}

/** Of a page, whichever way it is opened. */
export function normalize(pathname: string): string {
  const bare = pathname.replace(/\/index\.html$/, "").replace(/\.html$/, "").replace(/\/+$/, "");
  try {
    return decodeURI(bare) || "/";
  } catch {
    return bare || "/";
  }
}
