/** The widget's files, which the plugin brings: served while writing, copied into builds. */

import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import path from "node:path";

/** The folder of a site, below its base URL, that the widget's files lie in. */
export const FOLDER = "askdocs";

const WIDGET = path.join(__dirname, "..", "widget");

/** Throws when the package has not been built, which happens in a checkout only. */
export function widgetFiles(): string {
  if (!existsSync(path.join(WIDGET, "askdocs.js"))) {
    throw new Error(`docusaurus-plugin-askdocs: ${WIDGET} has no askdocs.js. Run: npm run build --workspaces`);
  }
  return WIDGET;
}

export async function copyWidget(outDir: string): Promise<void> {
  await cp(widgetFiles(), path.join(outDir, FOLDER), { recursive: true });
}
