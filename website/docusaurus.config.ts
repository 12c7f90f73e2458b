import type { Config } from "@docusaurus/types";
import type { Options as DocsOptions } from "@docusaurus/plugin-content-docs";
import type { UserThemeConfig } from "@docusaurus/theme-common";
import type { GivenOptions as AskdocsOptions } from "docusaurus-plugin-askdocs";
import type { DemoOptions } from "./demo/plugin";
import { redirects } from "./src/plain/redirects";
import { grouped } from "./sidebar-groups";
import { codeLight, codeDark } from "./src/codeThemes";

// Where the source can be read and edited, as https://github.com/ORGANISATION/askdocs: what is not set is not shown.
const repository = process.env.DOCS_REPOSITORY ?? "";

const docs: DocsOptions = {
  routeBasePath: "docs",
  sidebarPath: "./sidebars.ts",
  sidebarItemsGenerator: grouped,
  ...(repository && { editUrl: `${repository}/edit/main/website/` }),
  lastVersion: "0.1.0",
  versions: {
    current: { label: "Next", path: "next", banner: "unreleased" },
    "0.1.0": { label: "0.1.0", banner: "none" },
  },
};

const askdocs: AskdocsOptions = {
  // A deployment names its own site and backend, and where the docs are served.
  siteKey: process.env.DOCS_SITE_KEY || "pk_docs_local",
  // The backend serves this site itself; ASKDOCS_API points `npm start` at one that runs elsewhere.
  api: process.env.ASKDOCS_API ?? "",
  llms: true,
  footer: true,
  code: true,
  suggestions: {
    en: [
      "How do I go back to an earlier revision?",
      "Which settings must be present in production?",
      "What happens without a Gemini key?",
    ],
    de: ["Was bedeuten die Nummern in einer Antwort?", "Wo liegt, was ein Lauf anlegt?", "Was passiert ohne Sprachmodell?"],
  },
};

// Somebody else's docs, as a second site of the same backend. A deployment that has none leaves it out.
const demoKey = process.env.DOCS_DEMO_SITE_KEY ?? (process.env.DOCS_SITE_KEY ? "" : "pk_vite_local");
const demo: DemoOptions = { siteKey: demoKey, api: askdocs.api ?? "" };
const baseUrl = process.env.DOCS_BASE_URL || "/";

const config: Config = {
  title: "Askdocs",
  tagline: "Ask the documentation, and get an answer that says where it stands",
  favicon: "img/logo.svg",
  url: process.env.DOCS_URL || "http://127.0.0.1:8000",
  baseUrl,
  // The address of the site's root, which a translation's base URL is not.
  customFields: { root: baseUrl, demo: demoKey && `${baseUrl}demo/vite/` },
  onBrokenLinks: "throw",
  onBrokenAnchors: "throw",
  onDuplicateRoutes: "throw",
  future: { v4: true, faster: true },
  i18n: {
    defaultLocale: "en",
    locales: ["en", "de"],
    localeConfigs: { en: { label: "English" }, de: { label: "Deutsch" } },
  },
  markdown: { hooks: { onBrokenMarkdownLinks: "throw", onBrokenMarkdownImages: "throw" } },
  plugins: [
    ["@docusaurus/plugin-content-docs", docs],
    "@docusaurus/plugin-content-pages",
    ["@docusaurus/plugin-sitemap", { lastmod: null }],
    ["docusaurus-plugin-askdocs", askdocs],
    ["@docusaurus/plugin-client-redirects", { redirects }],
    demoKey ? ["./demo/plugin.ts", { ...demo }] : null,
  ],
  themes: [["@docusaurus/theme-classic", { customCss: "./src/css/custom.css" }]],
  themeConfig: {
    colorMode: { respectPrefersColorScheme: true },
    navbar: {
      title: "Askdocs",
      logo: { alt: "", src: "img/logo.svg" },
      items: [
        { type: "docSidebar", sidebarId: "docs", label: "Documentation", position: "left" },
        { type: "docsVersionDropdown", position: "right" },
        { type: "localeDropdown", position: "right" },
        ...(repository ? [{ href: repository, label: "Source", position: "right" as const }] : []),
      ],
    },
    footer: {
      links: [
        { label: "Quick start", to: "/docs/start/quick-start" },
        { label: "HTTP API", to: "/docs/use/http-api" },
        { label: "Architecture", to: "/docs/contribute/architecture" },
      ],
      copyright: "Askdocs is free software under the Apache License 2.0.",
    },
    docs: { sidebar: { hideable: true } },
    prism: { theme: codeLight, darkTheme: codeDark, additionalLanguages: ["bash", "json", "yaml", "python"] },
  } satisfies UserThemeConfig,
};

export default config;
