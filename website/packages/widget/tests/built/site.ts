/** A docs site with the built widget on it, its backend, and a browser to read it with. */

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright";
import { createBackend, type Recorded } from "../backend.js";
import { launchOptions } from "../chromium.js";

export const dist = path.join(import.meta.dirname, "../../dist");

const STRICT =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

export interface Site {
  url: string;
  recorded: Recorded[];
  /** Paths that answer 404 so many times more. */
  missing: Map<string, number>;
  close(): void;
}

/** Pages are at /strict/… under a strict policy and at any other path without one; the widget's files at /widget/. */
export async function openSite(script = (): string => `<script src="/widget/askdocs.js" data-site-key="pk_test"></script>`): Promise<Site> {
  if (!existsSync(path.join(dist, "askdocs.js"))) {
    throw new Error("There is no dist/: run `npm run build` first.");
  }
  const recorded: Recorded[] = [];
  const missing = new Map<string, number>();
  const backend = createBackend(recorded);
  const server: Server = createServer((request, response) => {
    void backend(request, response).then((answered) => {
      if (answered) {
        return;
      }
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      const left = missing.get(pathname) ?? 0;
      missing.set(pathname, left - 1);
      const file = path.join(dist, path.basename(pathname));
      if (left > 0 || (pathname.startsWith("/widget/") && !existsSync(file))) {
        response.writeHead(404, { "access-control-allow-origin": "*" }).end();
      } else if (pathname.startsWith("/widget/")) {
        response.writeHead(200, { "content-type": "text/javascript", "access-control-allow-origin": "*" });
        response.end(readFileSync(file));
      } else if (pathname === "/page.css") {
        response.writeHead(200, { "content-type": "text/css" }).end(":root{color-scheme:light dark}body{margin:2rem}main{min-height:200vh}header{position:fixed;inset:0 0 auto;height:64px;background:gray}");
      } else {
        const policy = pathname.startsWith("/strict/") ? { "content-security-policy": STRICT } : {};
        response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...policy }).end(createPage(script()));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded,
    missing,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function createPage(script: string): string {
  const filler = "<p>Words that stand between here and there.</p>".repeat(40);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Quick start</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="/page.css">${script}</head><body><main><h1>Quick start</h1>${filler}
    <h2 id="install">Install</h2><p>Run <code>make setup</code> once; it leaves <code>askdocs</code> in <code>.venv/bin</code>.</p>
    ${filler}</main></body></html>`;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions);
}

export interface Visit {
  page: Page;
  requests: string[];
  /** What the browser complained about. */
  complaints: string[];
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(message.text());
    }
  });
  await page.goto(url);
  return { page, requests, complaints };
}

export async function ask(page: Page, question: string): Promise<void> {
  const turns = page.locator("[part=turn]");
  const before = await turns.count();
  await page.locator("[part=input]").fill(question);
  await page.keyboard.press("Enter");
  await turns.nth(before).and(page.locator("[aria-busy=false]")).waitFor();
}
