/** The plugin: mounts the chat on every page and writes the manifest that the index is built from. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import logger from "@docusaurus/logger";
import type { LoadContext, Plugin, Props } from "@docusaurus/types";
import { attributes } from "./attributes";
import { readContent } from "./content";
import { addToNavbar, invitations, navbarItem } from "./invitations";
import { writeLlms, type LlmsOptions } from "./llms";
import { buildManifest, type Build, type ManifestPage } from "./manifest";
import { loadConverter } from "./markdown";
import { strayLocales, type Options } from "./options";
import { starters } from "./starters";
import { copyWidget, FOLDER, widgetFiles } from "./widget";

export { validateOptions } from "./options";
export type { GivenOptions, Options } from "./options";
export type { Manifest, ManifestPage } from "./manifest";

export const MANIFEST = "docs-manifest.json";

export default function pluginAskdocs(context: LoadContext, options: Options): Plugin {
  const { currentLocale, locales } = context.i18n;
  const stray = strayLocales(options, locales);
  if (stray.length > 0) {
    logger.warn`docusaurus-plugin-askdocs: the site has the locales ${locales.join(", ")}, so nobody reads ${stray.join(", ")}`;
  }
  if (options.navbar) {
    addToNavbar(context.siteConfig.themeConfig, navbarItem(options.navbar, currentLocale));
  }
  return {
    name: "docusaurus-plugin-askdocs",

    getClientModules() {
      if (!options.widget) {
        return [];
      }
      const modules = ["index", ...(["code", "search"] as const).filter((name) => options[name] !== false)];
      return [...modules.map((name) => path.join(__dirname, "client", `${name}.js`)), path.join(__dirname, "..", "assets", "theme.css")];
    },

    allContentLoaded({ allContent, actions }) {
      const plugins = Object.entries(allContent).flatMap(([name, instances]) =>
        Object.values(instances).map((content) => ({ name, content })),
      );
      actions.setGlobalData({
        attributes: attributes(options, currentLocale, context.baseUrl),
        script: `${context.baseUrl}${FOLDER}/askdocs.js`,
        starters: starters(readContent(plugins).pages),
        ...invitations(options, currentLocale),
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
      if (options.manifest || options.llms) {
        await describePages(props, options);
      }
    },
  };
}

/** Writes what the options ask for of the manifest and of the files for programs that read text. */
async function describePages(props: Props, { manifest: wanted, llms }: Options): Promise<void> {
  const read = (file: string): Promise<Buffer | null> =>
    readFile(path.join(props.outDir, file)).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR")) {
        return null;
      }
      throw error;
    });
  const build = describe(props);
  const { manifest, missing } = await buildManifest(build, readContent(props.plugins), read);
  if (missing.length > 0) {
    logger.warn`docusaurus-plugin-askdocs left out pages without a built file: ${missing.join(", ")}`;
  }
  if (wanted) {
    await writeFile(path.join(props.outDir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  if (llms) {
    await writeText(props, build, llms, manifest.pages);
  }
}

async function writeText(props: Props, build: Build, options: LlmsOptions, pages: ManifestPage[]): Promise<void> {
  const convert = await loadConverter();
  const origin = props.siteConfig.url;
  const files = await writeLlms(
    { build, tagline: props.siteConfig.tagline, locales: otherLocales(props) },
    options,
    { plugins: props.plugins, pages },
    async ({ file, url, title }) =>
      convert(await readFile(path.join(props.outDir, file), "utf8"), { url: origin + url, title }),
  );
  for (const { file, text } of files) {
    await writeNew(path.join(props.outDir, file), text);
    if (/(^|\/)llms(-full)?\.txt$/.test(file)) {
      const size = (Buffer.byteLength(text) / 1000).toFixed(1);
      logger.info`docusaurus-plugin-askdocs wrote path=${file} for locale ${build.locale}: ${size} kB`;
    }
  }
}

/** The site's own file of that name, which its static folder holds, is not written over. */
async function writeNew(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { flag: "wx" }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      const sentence = "the site has such a file already: remove it from the static folder, or set the option \"llms\" to false";
      throw new Error(`docusaurus-plugin-askdocs cannot write ${file}: ${sentence}`, { cause: error });
    }
    throw error;
  });
}

function otherLocales({ i18n, siteConfig }: Props): { label: string; url: string }[] {
  return i18n.locales
    .filter((locale) => locale !== i18n.currentLocale)
    .map((locale) => i18n.localeConfigs[locale])
    .filter((config) => config !== undefined)
    .map(({ label, url, baseUrl }) => ({ label, url: `${url || siteConfig.url}${baseUrl}llms.txt` }));
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
