/** `npm run matrix`: the packed files on sites of every generator. Apart from the tests: it loads the generators, for minutes. */

import { defineConfig } from "@playwright/test";
import tests from "../playwright.config.js";

// Our own site and its index are of no use here.
const { use, workers, expect } = tests;

export default defineConfig({
  use: use ?? {},
  workers: workers ?? 1,
  expect: expect ?? {},
  reporter: [["list"]],
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../test-results",
  timeout: 600_000,
});
