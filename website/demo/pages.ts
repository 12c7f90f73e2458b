/** The pages of the demo in the order of their menu, and what to offer readers who do not know what to ask. */

export const GROUPS: { label: string; pages: string[] }[] = [
  {
    label: "Guide",
    pages: ["getting-started", "features", "cli", "using-plugins", "dep-pre-bundling", "assets", "build", "static-deploy", "env-and-mode", "performance", "troubleshooting"],
  },
  { label: "Config", pages: ["server-options", "build-options"] },
];

export const SUGGESTIONS = [
  "How do I read an environment variable in client code?",
  "How do I proxy API requests during development?",
  "How do I deploy to GitHub Pages?",
];
