/** Pages that are not Docusaurus', served on an origin of their own: what other sites would be. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SITE_KEY } from "./backend.js";

export const HELP = "How do I go back to an earlier revision?";

/** A page with the documentation's script tag. */
export function pageFor(backend: string, key = SITE_KEY): string {
  return `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><h1>A page</h1>
    <button data-askdocs-open="${HELP}">Help with revisions</button>
    <script src="${backend}/widget/askdocs.js" data-site-key="${key}" data-api="${backend}" defer></script>`;
}

/** Serves such a page at any address, for the backend named in `?backend=`. */
export function servePages(): Promise<{ port: number; server: Server }> {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://localhost").searchParams;
    const backend = asked.get("backend") ?? "";
    const csp = asked.get("csp");
    response.setHeader("content-type", "text/html");
    if (csp !== null) {
      response.setHeader("content-security-policy", csp);
    }
    response.end(pageFor(backend, asked.get("key") ?? SITE_KEY));
  });
  return new Promise((resolve) => {
    server.listen(0, () => resolve({ port: (server.address() as AddressInfo).port, server }));
  });
}

/** The page on the origin that may ask, or on one that may not. */
export function pageUrl(backend: string, { foreign = false, csp }: { foreign?: boolean; csp?: string } = {}): string {
  const host = foreign ? "127.0.0.1" : "localhost";
  const query = new URLSearchParams({ backend, ...(csp !== undefined && { csp }) });
  return `http://${host}:${process.env.E2E_PAGES ?? ""}/?${query.toString()}`;
}
