// @ts-check
const path = require('path');

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: "Pipeline",
  url: "https://pipeline.example.net",
  baseUrl: "/docs/",
  plugins: [
    "docusaurus-plugin-sass",
    [
      "@docusaurus/plugin-content-docs",
      {
        id: "api", // not the plugins: [ of the site
        path: "api",
        routeBasePath: "api",
      },
    ],
    // "docusaurus-plugin-askdocs" comes later
    require.resolve("./plugins/metrics"),
  ],
  themes: ["@docusaurus/theme-mermaid"],
  markdown: { mermaid: true },
};

module.exports = config;
