/** All that a site can have several of: docs plugins, versions, locales; a blog and pages; pages that are not for everyone. */
import process from "node:process";

const trailingSlash = process.env.TRAILING_SLASH === "true";

export default {
  title: "Kestrel",
  tagline: "Backups that restore",
  url: "https://kestrel.example.com",
  baseUrl: "/handbook/",
  trailingSlash,
  future: { v4: true, faster: true },
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
    ["@docusaurus/plugin-content-docs", { id: "api", path: "api", routeBasePath: "api" }],
    ["@docusaurus/plugin-content-blog", { onUntruncatedBlogPosts: "ignore", onInlineAuthors: "ignore" }],
    "@docusaurus/plugin-content-pages",
    [
      "docusaurus-plugin-askdocs",
      { siteKey: "pk_kestrel", api: "http://127.0.0.1:9", llms: true, navbar: true, footer: true, code: true, search: true },
    ],
  ],
  themes: [
    "@docusaurus/theme-classic",
    ["@easyops-cn/docusaurus-search-local", { docsRouteBasePath: ["docs", "api"], docsDir: ["docs", "api"], language: ["en", "de"] }],
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
