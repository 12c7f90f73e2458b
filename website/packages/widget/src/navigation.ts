/** Follows citations: on this page by scrolling, through the host where it offers that, else as any link. */

import { anchorOf, isSamePage } from "./citations.js";
import { announce } from "./contract.js";
import type * as Quote from "./quote.js";
import type { Store } from "./storage.js";

/** Milliseconds between the press on a citation and the beginning of the load that it caused, redirects included. */
const SOON = 3_000;

// A page is searched only once somebody follows a citation. Without the file, offline perhaps, a link still leads there.
const quotes = (): Promise<typeof Quote | undefined> => import("./quote.js").catch(() => undefined);

/** Whether the click was taken care of; if not, the browser follows the link. */
export function follow(host: HTMLElement, store: Store, event: MouseEvent, url: string, quote: string): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return false;
  }
  const id = anchorOf(url, location.href);
  if (isSamePage(url, location.href)) {
    event.preventDefault();
    const { hash } = new URL(url, location.href);
    if (hash !== "" && hash !== location.hash) {
      location.hash = hash;
    }
    void quotes().then((page) => page?.showQuote(id, quote));
    return true;
  }
  const isHosts = !announce(host, "askdocs:navigate", { url, quote });
  if (isHosts) {
    event.preventDefault();
  } else {
    store.saveCited({ id, quote, at: Date.now() });
  }
  // The host shows the page without loading it, or a router does that takes all links.
  void quotes().then((page) => page?.awaitQuote(id, quote, () => isSamePage(url, location.href)));
  return isHosts;
}

/** Shows what was cited on the page that was loaded because of it. */
export function arrive(store: Store): void {
  const cited = store.takeCited();
  if (cited && Math.abs(performance.timeOrigin - cited.at) < SOON) {
    void quotes().then((page) => page?.awaitQuote(cited.id, cited.quote));
  }
}
