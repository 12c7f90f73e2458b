import type { Options } from "@docusaurus/plugin-content-docs";

type Generator = NonNullable<Options["sidebarItemsGenerator"]>;
type Items = Awaited<ReturnType<Generator>>;

// Operate has too many pages for one list, and stays one folder, since its addresses are in bookmarks and alerts.
const OPERATE: Record<string, string[]> = {
  Configure: ["configuration", "configuration-reference", "environments", "databases", "qdrant", "gemini", "limits"],
  Run: ["image", "one-machine", "processes", "benchmarks", "costs"],
  Release: ["deploy", "rollback", "promotion", "github-actions"],
  Watch: ["health", "monitoring"],
  "Back up and recover": ["backups", "disaster-recovery"],
};

// The sidebar as the folders make it, with the pages of Operate in groups; a page that is in none stays where it was.
export const grouped: Generator = async ({ defaultSidebarItemsGenerator, ...about }) => {
  const items = await defaultSidebarItemsGenerator(about);
  return items.map((item) =>
    item.type === "category" && item.label === "Operate" ? { ...item, items: group(item.items) } : item,
  );
};

function group(items: Items): Items {
  const pages = new Map(items.flatMap((item) => (item.type === "doc" ? [[item.id, item]] : [])));
  const groups = Object.entries(OPERATE).map(([label, names]) => ({
    type: "category" as const,
    label,
    collapsed: true,
    collapsible: true,
    items: names.flatMap((name) => pages.get(`operate/${name}`) ?? []),
  }));
  const placed = new Set(groups.flatMap((one) => one.items));
  return [...groups, ...items.filter((item) => item.type !== "doc" || !placed.has(item))];
}
