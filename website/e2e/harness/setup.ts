/**
 * Before all tests: indexes the built site once, into a home that each backend of the run starts from, and serves pages
 * of other origins.
 */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { environment, SITE_DIR } from "./backend.js";
import { servePages } from "./pages.js";
import { run } from "./program.js";

export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(path.join(SITE_DIR, "docs-manifest.json"))) {
    throw new Error(`${SITE_DIR} holds no built site: run npm run build in website/ first`);
  }
  const home = await mkdtemp(path.join(tmpdir(), "askdocs-e2e-"));
  const { port, server } = await servePages();
  process.env.E2E_HOME = home;
  process.env.E2E_PAGES = String(port);
  await run("askdocs", ["index", SITE_DIR, "--site", "docs"], environment(path.join(home, "indexed")));
  return async () => {
    server.close();
    await rm(home, { recursive: true, force: true });
  };
}
