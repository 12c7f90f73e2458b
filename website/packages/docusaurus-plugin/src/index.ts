/** The plugin: mounts the chat on every page and writes the manifest that the index is built from. */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import logger from "@docusaurus/logger";
import type { LoadContext, Plugin, Props } from "@docusaurus/types";
import { readContent } from "./content";
import { buildManifest, type Build } from "./manifest";
import { suggestionsFor, type Options } from "./options";
import { copyWidget, FOLDER, widgetFiles } from "./widget";

export { validateOptions } from "./options";
export type { Options } from "./options";
export type { Manifest, ManifestPage } from "./manifest";

export const MANIFEST = "docs-manifest.json";

export default function pluginAskdocs(context: LoadContext, options: Options): Plugin {
  return {
    name: "docusaurus-plugin-askdocs",

    getClientModules() {
      if (!options.widget) {
        return [];
      }
      return [path.join(__dirname, "client", "index.js"), path.join(__dirname, "..", "assets", "theme.css")];
    },

    contentLoaded({ actions }) {
      actions.setGlobalData({
        siteKey: options.siteKey,
        api: options.api,
        script: `${context.baseUrl}${FOLDER}/askdocs.js`,
        suggestions: suggestionsFor(options, context.i18n.currentLocale),
        shortcut: options.shortcut ?? null,
      });
    },

    configureWebpack(_config, isServer) {
      if (isServer || !options.widget) {
        return undefined;
      }
      // Asked for in builds too, so that a missing widget is known before the work rather than after it.
      const directory = widgetFiles();
      const devServer = { static: [{ directory, publicPath: `${context.baseUrl}${FOLDER}` }] };
      // Docusaurus merges this key into its development server; its types do not know the key.
      return { devServer } as ReturnType<NonNullable<Plugin["configureWebpack"]>>;
    },

    async postBuild(props) {
      if (options.widget) {
        await copyWidget(props.outDir);
      }
      if (options.manifest) {
        await writeManifest(props);
      }
    },
  };
}

async function writeManifest(props: Props): Promise<void> {
  const read = (file: string): Promise<Buffer | null> =>
    readFile(path.join(props.outDir, file)).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR")) {
        return null;
      }
      throw error;
    });
  const { manifest, missing } = await buildManifest(describe(props), readContent(props.plugins), read);
  if (missing.length > 0) {
    logger.warn`docusaurus-plugin-askdocs left out pages without a built file: ${missing.join(", ")}`;
  }
  await writeFile(path.join(props.outDir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

function describe({ siteConfig, i18n, baseUrl, siteDir, localizationDir }: Props): Build {
  const translations = path.relative(siteDir, localizationDir).split(path.sep).join("/");
  return {
    site: { title: siteConfig.title, url: siteConfig.url, baseUrl },
    titleDelimiter: siteConfig.titleDelimiter,
    trailingSlash: siteConfig.trailingSlash,
    locale: i18n.currentLocale,
    defaultLocale: i18n.defaultLocale,
    locales: [...i18n.locales],
    translations: `@site/${translations}/`,
  };
}
