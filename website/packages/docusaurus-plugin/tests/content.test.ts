import { expect, test } from "vitest";
import { isVersioned, readContent, sidebarPaths } from "../src/content";

const doc = { id: "intro", title: "Intro", permalink: "/docs/intro", source: "@site/docs/intro.md", sidebar: "docs" };

function docsPlugin(...versionNames: string[]) {
  return {
    name: "docusaurus-plugin-content-docs",
    content: {
      loadedVersions: versionNames.map((versionName, index) => ({
        versionName,
        label: versionName,
        isLast: index === versionNames.length - 1,
        path: `/docs/${versionName}`,
        docs: [doc],
        sidebars: { docs: [{ type: "category", label: "Guides", items: [{ type: "doc", id: "intro" }] }] },
      })),
    },
  };
}

test("docs carry their version and their place in the sidebar", () => {
  const { pages, versions } = readContent([docsPlugin("current", "1.0.0")]);
  expect(versions.map(({ name, isLast }) => [name, isLast])).toEqual([["current", false], ["1.0.0", true]]);
  expect(pages[1]).toMatchObject({ docId: "intro", version: "1.0.0", sidebar: ["Guides", "Intro"], unlisted: false });
});

test("docs that are only current belong to no version", () => {
  const { pages, versions } = readContent([docsPlugin("current")]);
  expect(versions).toEqual([]);
  expect(pages[0]).toMatchObject({ version: "", isLast: true });
  expect(isVersioned(["1.0.0"])).toBe(true);
});

test("pages and posts are read, other plugins are not", () => {
  const { pages } = readContent([
    { name: "docusaurus-plugin-content-pages", content: [{ permalink: "/", source: "@site/src/pages/index.tsx" }] },
    {
      name: "docusaurus-plugin-content-blog",
      content: {
        blogPosts: [{ metadata: { permalink: "/blog/a", source: "@site/blog/a.md", title: "A", tags: [{ label: "news" }] } }],
      },
    },
    { name: "docusaurus-plugin-sitemap", content: undefined },
  ]);
  expect(pages.map(({ permalink, title, tags }) => [permalink, title, tags])).toEqual([
    ["/", null, []],
    ["/blog/a", "A", ["news"]],
  ]);
});

test("a site whose pages plugin found nothing has no pages", () => {
  expect(readContent([{ name: "docusaurus-plugin-content-pages", content: null }]).pages).toEqual([]);
});

test("a category's own doc stands under the category's label", () => {
  const items = [
    { type: "category", label: "Guides", link: { type: "doc", id: "guides" }, items: [{ type: "doc", id: "a", label: "First" }] },
  ];
  const paths = sidebarPaths(items, new Map([["guides", "All guides"]]));
  expect(paths.get("guides")).toEqual(["Guides"]);
  expect(paths.get("a")).toEqual(["Guides", "First"]);
});
