/** Builds the demo: plain HTML of somebody else's documentation, with the chat as any site has it, by one script tag. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { LoadContext, Plugin } from "@docusaurus/types";
import { GROUPS, SUGGESTIONS } from "./pages";
import { page, type DemoPage } from "./page";

export interface DemoOptions {
  /** The public key of the site that holds the demo's index. */
  siteKey: string;
  /** Where the backend answers, "" for this site's own origin. */
  api: string;
}

const SOURCE = path.join(__dirname, "vite");

export default function demo(context: LoadContext, { siteKey, api }: DemoOptions): Plugin {
  return {
    name: "askdocs-demo",
    async postBuild({ outDir }) {
      // In English only: a translated site leads to the same pages.
      if (context.i18n.currentLocale !== context.i18n.defaultLocale) {
        return;
      }
      const folder = path.join(outDir, "demo", "vite");
      await mkdir(folder, { recursive: true });
      const pages = await Promise.all(GROUPS.flatMap((group) => group.pages).map(readPage));
      const about = { pages, siteKey, api, baseUrl: context.baseUrl, suggestions: SUGGESTIONS };
      await Promise.all(pages.map((one) => writeFile(path.join(folder, fileOf(one.name)), page(one, about))));
      await writeFile(path.join(outDir, "demo", "index.html"), leadTo(`${context.baseUrl}demo/vite/`));
      await writeFile(path.join(folder, "LICENSE.txt"), await readFile(path.join(SOURCE, "LICENSE")));
      await writeFile(path.join(folder, "demo.css"), await readFile(path.join(__dirname, "demo.css")));
    },
  };
}

async function readPage(name: string): Promise<DemoPage> {
  const text = await readFile(path.join(SOURCE, `${name}.md`), "utf8");
  const [, title = name, markdown = text] = /^---\ntitle: "?(.+?)"?\n---\n([^]*)$/.exec(text) ?? [];
  return { name, title, markdown };
}

/** For who guesses the demo's address: there is one. */
function leadTo(url: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Demo</title>
<meta http-equiv="refresh" content="0; url=${url}">
<a href="${url}">Demo</a>
</html>
`;
}

/** The first page is the folder's own. */
function fileOf(name: string): string {
  return name === GROUPS[0]!.pages[0] ? "index.html" : `${name}.html`;
}
