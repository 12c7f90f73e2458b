/** The widget's built files: found in its package, served while writing, copied into builds. */

import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";

/** The folder of a site, below its base URL, that the widget's files lie in. */
export const FOLDER = "askdocs";

/** Throws when the widget's package has not been built, which happens in a checkout only. */
export function widgetFiles(): string {
  const dist = path.join(path.dirname(require.resolve("askdocs-widget/package.json")), "dist");
  if (!existsSync(path.join(dist, "askdocs.js"))) {
    throw new Error(`docusaurus-plugin-askdocs: ${dist} has no askdocs.js. Build the package askdocs-widget first.`);
  }
  return dist;
}

export async function copyWidget(outDir: string): Promise<void> {
  const dist = widgetFiles();
  // Type declarations lie in folders and are of no use to browsers.
  const files = (await readdir(dist, { withFileTypes: true })).filter((entry) => entry.isFile());
  const target = path.join(outDir, FOLDER);
  await mkdir(target, { recursive: true });
  await Promise.all(files.map(({ name }) => copyFile(path.join(dist, name), path.join(target, name))));
}
