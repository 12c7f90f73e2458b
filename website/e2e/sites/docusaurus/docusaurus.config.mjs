/** What the classic template makes, with its plugins listed singly and its sample pages replaced. */

export default {
  title: "Handbook",
  url: "https://docs.example.com",
  baseUrl: "/",
  future: { v4: true },
  onBrokenLinks: "throw",
  plugins: [["@docusaurus/plugin-content-docs", { routeBasePath: "/" }]],
  themes: ["@docusaurus/theme-classic"],
  themeConfig: { navbar: { title: "Handbook" } },
};
