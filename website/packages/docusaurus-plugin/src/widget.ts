/** The widget's built files: found in its package, served while writing, copied into builds. */

import { access, copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";

/** The folder of a site, below its base URL, that the widget's files lie in. */
export const FOLDER = "askdocs";

export function widgetFiles(): string {
  return path.join(path.dirname(require.resolve("askdocs-widget/package.json")), "dist");
}

export async function copyWidget(outDir: string): Promise<void> {
  const dist = widgetFiles();
  try {
    await access(path.join(dist, "askdocs.js"));
  } catch {
    throw new Error(`docusaurus-plugin-askdocs: ${dist} has no askdocs.js. Build the package askdocs-widget first.`);
  }
  // Type declarations lie in folders and are of no use to browsers.
  const files = (await readdir(dist, { withFileTypes: true })).filter((entry) => entry.isFile());
  const target = path.join(outDir, FOLDER);
  await mkdir(target, { recursive: true });
  await Promise.all(files.map(({ name }) => copyFile(path.join(dist, name), path.join(target, name))));
}
