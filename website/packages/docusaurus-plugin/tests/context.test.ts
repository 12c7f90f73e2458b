import { expect, test } from "vitest";
import { pageContext } from "../src/client/context";

function docs(path: string, ...ids: string[]) {
  return ids.map((id) => ({ id, path: `${path}/${id}` }));
}

const globalData = {
  "docusaurus-plugin-content-docs": {
    default: {
      versions: [
        { name: "current", label: "Next", isLast: false, path: "/docs/next", docs: docs("/docs/next", "intro") },
        { name: "1.0.0", label: "1.0", isLast: true, path: "/docs", docs: docs("/docs", "intro", "next-steps", "über") },
      ],
    },
    community: { versions: [{ name: "current", label: "Next", isLast: true, path: "/community", docs: docs("/community", "team") }] },
  },
};

test.each([
  ["/docs/intro", "1.0.0", "intro"],
  ["/docs/intro/", "1.0.0", "intro"],
  ["/docs/intro.html", "1.0.0", "intro"],
  ["/docs/intro/index.html", "1.0.0", "intro"],
  ["/docs/next/intro", "current", "intro"],
  ["/docs/next-steps", "1.0.0", "next-steps"],
  ["/docs/%C3%BCber", "1.0.0", "über"],
  ["/docs/tags/a", "1.0.0", null],
  ["/docs/next", "current", null],
  ["/docs/next/category/guides", "current", null],
  ["/community/team", "", null],
  ["/blog/post", "", null],
  ["/docsearch", "", null],
  ["/", "", null],
  ["/docs/100%", "1.0.0", null],
])("%s is of version %j", (pathname, version, docId) => {
  expect(pageContext(pathname, globalData)).toMatchObject({ version, docId });
});

test("a version has the label that readers know", () => {
  expect(pageContext("/docs/next/intro", globalData).label).toBe("Next");
});

test("a site without the docs plugin has no versions", () => {
  expect(pageContext("/docs/intro", {})).toEqual({ version: "", label: "", docId: null });
});

test("docs at the root are found below it", () => {
  const versions = [
    { name: "current", label: "Next", isLast: false, path: "/next", docs: [] },
    { name: "2", label: "2", isLast: true, path: "/", docs: docs("", "intro") },
  ];
  const atRoot = { "docusaurus-plugin-content-docs": { default: { versions } } };
  expect(pageContext("/intro", atRoot).version).toBe("2");
  expect(pageContext("/tags", atRoot).version).toBe("2");
  expect(pageContext("/next/tags", atRoot).version).toBe("current");
});
