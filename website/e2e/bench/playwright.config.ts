/** `npm run bench`: what our own pages cost a reader, chat included. Apart from the tests: it measures and judges nothing. */

import { defineConfig } from "@playwright/test";
import tests from "../playwright.config.js";

export default defineConfig({
  ...tests,
  testDir: ".",
  testMatch: "*.bench.ts",
  globalSetup: "../harness/setup.ts",
  outputDir: "../test-results",
});
