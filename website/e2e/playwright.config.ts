import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The machine's own Chromium; Playwright's, if it has downloaded one, where there is none. */
function chromium(): { executablePath?: string } {
  const path = process.env.CHROMIUM ?? INSTALLED.find((candidate) => existsSync(candidate));
  return path === undefined ? {} : { executablePath: path };
}

export default defineConfig({
  testDir: "tests",
  globalSetup: "./harness/setup.ts",
  outputDir: "test-results",
  reporter: [["list"]],
  // One browser and one backend of each kind at a time: the machines this runs on have two cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    // Whoever asks for less motion sees each state at once, and so do screenshots and contrast checks.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      ...chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
