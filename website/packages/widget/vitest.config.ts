/** Three kinds of tests: logic in Node, the panel in a real Chromium, the built files on pages of their own. */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type Plugin } from "vitest/config";
import { createBackend } from "./tests/backend.js";
import { launchOptions } from "./tests/chromium.js";

/** The backend answers on the page's own origin. */
function backend(): Plugin {
  const answer = createBackend();
  return {
    name: "backend",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        answer(request, response).then((answered) => !answered && next(), next);
      });
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", environment: "node", include: ["tests/unit/**/*.test.ts"] } },
      {
        test: {
          name: "built",
          environment: "node",
          include: ["tests/built/**/*.test.ts"],
          testTimeout: 20_000,
          expect: { poll: { timeout: 8_000 } },
        },
      },
      {
        plugins: [backend()],
        test: {
          name: "dom",
          include: ["tests/dom/**/*.test.ts"],
          testTimeout: 20_000,
          expect: { poll: { timeout: 8_000 } },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions }),
            instances: [{ browser: "chromium", viewport: { width: 1280, height: 800 } }],
          },
        },
      },
    ],
  },
});
