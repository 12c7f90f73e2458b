/** All that a site can have several of: docs plugins, versions, locales; a blog and pages; pages that are not for everyone. */
import process from "node:process";

const old = process.env.OLD === "true";

export default {
  title: "Kestrel",
  tagline: "Backups that restore",
  url: "https://kestrel.example.com",
  baseUrl: "/handbook/",
  trailingSlash: old,
  // The faster bundler wants this one of the flags.
  future: { v4: old ? { removeLegacyPostBuildHeadAttribute: true } : true, faster: true },
  onBrokenLinks: "throw",
  i18n: { defaultLocale: "en", locales: ["en", "de"], localeConfigs: { de: { label: "Deutsch" } } },
  plugins: [
    [
      "@docusaurus/plugin-content-docs",
      {
        lastVersion: "1.0",
        versions: { current: { label: "Next", path: "next" } },
        sidebarPath: "./sidebars.json",
      },
    ],
    ["@docusaurus/plugin-content-docs", { id: "api", path: "api", routeBasePath: "api", exclude: old ? [] : ["mdx1.mdx"] }],
    ["@docusaurus/plugin-content-blog", { onUntruncatedBlogPosts: "ignore", onInlineAuthors: "ignore" }],
    "@docusaurus/plugin-content-pages",
    [
      "docusaurus-plugin-askdocs",
      {
        siteKey: "pk_kestrel",
        api: "http://127.0.0.1:9",
        llms: true,
        navbar: true,
        footer: true,
        code: true,
        search: true,
        ...JSON.parse(process.env.OPTIONS ?? "{}"),
      },
    ],
  ],
  themes: [
    "@docusaurus/theme-classic",
    old
      ? "docusaurus-lunr-search"
      : ["@easyops-cn/docusaurus-search-local", { docsRouteBasePath: ["docs", "api"], docsDir: ["docs", "api"], language: ["en", "de"] }],
  ],
  themeConfig: {
    navbar: {
      title: "Kestrel",
      items: [
        { type: "docsVersionDropdown", position: "right" },
        { type: "localeDropdown", position: "right" },
      ],
    },
  },
};
