/** The real backend, serving the built documentation site from a home of its own. */

import { cp, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { ROOT, start, type Program, type Variables } from "./program.js";

export const SITE_DIR = path.join(ROOT, "website", "build");
export const SITE_KEY = "pk_docs_local";
/** Of a site that is served by HTTPS alone, as its owners say. */
export const SECURE_KEY = "pk_secure_local";

export interface Backend extends Program {
  url: string;
}

/** What each backend of a run is told, besides what makes it special. */
export function environment(home: string): Variables {
  return {
    ASKDOCS_ENV: "test",
    ASKDOCS_HOME: home,
    ASKDOCS_SERVER__SITE_DIR: SITE_DIR,
    ASKDOCS_SITES: JSON.stringify([
      { name: "docs", key: SITE_KEY, origins: [`http://localhost:${process.env.E2E_PAGES ?? ""}`] },
      { name: "secure", key: SECURE_KEY, origins: [`https://localhost:${process.env.E2E_PAGES ?? ""}`] },
    ]),
    // One core is the browser's.
    OMP_NUM_THREADS: "1",
    OPENBLAS_NUM_THREADS: "1",
  };
}

/** A home in which the site is indexed. */
export async function copyIndexed(name: string): Promise<string> {
  const base = process.env.E2E_HOME ?? "";
  const home = await mkdtemp(path.join(base, `${name}-`));
  await cp(path.join(base, "indexed"), home, { recursive: true });
  return home;
}

/** Starts a backend on a free port, on a copy of the indexed home. */
export async function serve(name: string, special: Variables = {}): Promise<Backend & { home: string }> {
  const home = await copyIndexed(name);
  const program = await start("askdocs", ["serve", "--port", "0"], {
    env: { ...environment(home), ...special },
    announces: /Askdocs is at (http:\S+)/,
  });
  const url = program.announced[1] ?? "";
  await ready(url, program);
  return { ...program, url, home };
}

/** Resolves once the backend can answer: it says where it is before it has loaded everything. */
export async function ready(url: string, program: Program): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    if (response?.ok) {
      return;
    }
    if (Date.now() > until) {
      throw new Error(`${url} did not become ready:\n${program.output()}`);
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
