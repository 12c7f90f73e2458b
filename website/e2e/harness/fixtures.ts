/** What tests are given: backends that live as long as the run, and a chat that is open on one of their pages. */

import { test as base } from "@playwright/test";
import { serve, type Backend } from "./backend.js";
import { Chat } from "./chat.js";
import { API_KEY, startGemini, type Gemini } from "./gemini.js";

interface Backends {
  /** Without a key: answers are quoted. */
  plain: Backend;
  gemini: Gemini;
  /** With Gemini, which is the fake. */
  withGemini: Backend;
}

interface Chats {
  chat: Chat;
}

export const test = base.extend<Chats, Backends>({
  plain: [
    async ({}, use) => {
      const backend = await serve("plain");
      await use(backend);
      await backend.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  gemini: [
    async ({}, use) => {
      const gemini = await startGemini();
      await use(gemini);
      await gemini.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  withGemini: [
    async ({ gemini }, use) => {
      const backend = await serve("gemini", {
        GEMINI_API_KEY: API_KEY,
        GEMINI_BASE_URL: gemini.url,
        // The indexed home holds the local model's vectors.
        ASKDOCS_EMBEDDINGS__PROVIDER: "local",
        ASKDOCS_ANSWERS__FALLBACK_AFTER: "1.5",
        ASKDOCS_ANSWERS__CACHE_TTL: "0",
      });
      await use(backend);
      await backend.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  chat: async ({ page }, use) => {
    await use(new Chat(page));
  },
});

export { expect } from "@playwright/test";
