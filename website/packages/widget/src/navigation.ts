/** Follows citations: on this page by scrolling, through the host where it offers that, else as any link. */

import { anchorOf, isSamePage } from "./citations.js";
import { announce } from "./contract.js";
import { showQuote } from "./quote.js";

const PATIENCE = 4_000;

/** Whether the click was taken care of; if not, the browser follows the link. */
export function follow(host: HTMLElement, event: MouseEvent, url: string, quote: string): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return false;
  }
  if (isSamePage(url, location.href)) {
    event.preventDefault();
    const { hash } = new URL(url, location.href);
    if (hash !== "" && hash !== location.hash) {
      location.hash = hash;
    }
    requestAnimationFrame(() => showQuote(url, quote));
    return true;
  }
  if (!announce(host, "askdocs:navigate", { url, quote })) {
    event.preventDefault();
    whenThere(url, () => showQuote(url, quote));
    return true;
  }
  return false;
}

/** The host shows the page without loading it: wait for its heading, or for the address alone. */
function whenThere(url: string, then: () => void): void {
  const id = anchorOf(url, location.href);
  const isThere = (): boolean => isSamePage(url, location.href) && (id === "" || document.getElementById(id) !== null);
  const give = (): void => {
    observer.disconnect();
    clearTimeout(timer);
    then();
  };
  const observer = new MutationObserver(() => isThere() && give());
  const timer = setTimeout(() => observer.disconnect(), PATIENCE);
  observer.observe(document.body, { childList: true, subtree: true });
  if (isThere()) {
    give();
  }
}
