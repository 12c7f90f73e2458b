/** What the plugin says of the built site is true of it. */

import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { SITE_DIR } from "../harness/backend.js";
import { expect, test } from "../harness/fixtures.js";

interface Manifest {
  locale: string;
  locales: string[];
  versions: { name: string; isLast: boolean }[];
  pages: { file: string; url: string; version: string; contentLanguage: string; docId: string | null; sha256: string }[];
}

async function read(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(SITE_DIR, folder, "docs-manifest.json"), "utf8")) as Manifest;
}

/** Pages of the docs: neither redirects nor what the theme makes of a chapter. */
async function docFiles(folder: string): Promise<string[]> {
  const files = await readdir(path.join(SITE_DIR, folder, "docs"), { recursive: true });
  const pages = files.filter((file) => file.endsWith(".html")).map((file) => path.posix.join("docs", file));
  const areDocs = await Promise.all(pages.map(async (file) => /<html[^>]* docs-doc-id-/.test(await readFile(path.join(SITE_DIR, folder, file), "utf8"))));
  return pages.filter((_, place) => areDocs[place]);
}

for (const folder of [".", "de"]) {
  test(`the manifest in ${folder} names every page of the docs, with the hash of its file`, async () => {
    const { pages } = await read(folder);
    expect(pages.map(({ file }) => file).filter((file) => file.startsWith("docs/")).sort()).toEqual((await docFiles(folder)).sort());
    for (const { file, sha256 } of pages) {
      const built = await readFile(path.join(SITE_DIR, folder, file));
      expect(createHash("sha256").update(built).digest("hex"), file).toBe(sha256);
    }
  });
}

test("every address in the manifests is one that the server answers with that file", async ({ plain }) => {
  for (const folder of [".", "de"]) {
    for (const { file, url } of (await read(folder)).pages) {
      const response = await fetch(plain.url + url);
      expect(response.status, url).toBe(200);
      expect(await response.text(), url).toBe(await readFile(path.join(SITE_DIR, folder, file), "utf8"));
    }
  }
});

test("the German manifest tells translated pages from those that are still English", async () => {
  const { pages, versions, locales } = await read("de");
  const language = (id: string): string | undefined =>
    pages.find(({ docId, version }) => docId === id && version === "0.1.0")?.contentLanguage;
  expect(language("start/quick-start")).toBe("de");
  expect(language("operate/databases")).toBe("en");
  expect(versions.map(({ name, isLast }) => [name, isLast])).toEqual([["current", false], ["0.1.0", true]]);
  expect(locales).toEqual(["en", "de"]);
});
