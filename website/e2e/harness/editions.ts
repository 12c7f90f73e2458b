/** The site in `sites/editions`, built with the plugin: everything that a Docusaurus site can have several of. */

import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { ROOT } from "./program.js";

export const ORIGIN = "https://kestrel.example.com";
export const BASE = "/handbook/";

const SITE = path.join(import.meta.dirname, "..", "sites", "editions");
const DOCUSAURUS = path.join(ROOT, "website", "node_modules", ".bin", "docusaurus");
const execute = promisify(execFile);

export class Editions {
  private constructor(
    readonly folder: string,
    /** What the build printed. */
    readonly printed: string,
  ) {}

  /**
   * `old` is a site that has not moved on: without `future.v4`, so with the syntax of MDX 1, and with trailing slashes.
   * `options` are further ones of the plugin.
   */
  static async build({ old, locale, options }: { old?: boolean; locale?: string; options?: object } = {}): Promise<Editions> {
    const folder = await mkdtemp(path.join(tmpdir(), "askdocs-editions-"));
    const only = locale === undefined ? [] : ["--locale", locale];
    // Playwright asks its children for colours, which would stand between the words.
    const env = { ...process.env, FORCE_COLOR: "0", NO_UPDATE_NOTIFIER: "1", OLD: String(old), OPTIONS: JSON.stringify(options ?? {}) };
    const { stdout } = await execute(DOCUSAURUS, ["build", "--out-dir", folder, ...only], { cwd: SITE, env });
    return new Editions(folder, stdout);
  }

  /** Lets a browser have the site at its own address, as a host for static files would serve it. */
  async serveTo(page: Page): Promise<void> {
    await page.route(`${ORIGIN}/**`, async (route) => {
      const below = decodeURI(new URL(route.request().url()).pathname).slice(BASE.length);
      const candidates = [below, `${below}.html`, path.join(below, "index.html")].map((file) => path.join(this.folder, file));
      const found = candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
      // What a page still asks for when its test is over may be gone with the folder.
      await route.fulfill(found === undefined ? { status: 404 } : { path: found }).catch((error: unknown) => {
        if (!page.isClosed() && existsSync(found ?? this.folder)) {
          throw error;
        }
      });
    });
  }

  async read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), "utf8");
  }

  async files(ending: string): Promise<string[]> {
    const files = await readdir(this.folder, { recursive: true });
    return files.filter((file) => file.endsWith(ending)).sort();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
