/**
 * What goes on around an open chat: a host hands over an excerpt, a link asks for the chat, the reader is on another page.
 * It imports nothing that the panel holds, so that the panel needs no file but its own.
 */

import { hearSite, type Site } from "./site.js";
import { showStarters, type Reading } from "./starters.js";
import type { View } from "./view.js";

/** What the extras lend. */
export interface Tools extends Reading {
  takeGiven: (view: View) => void;
  /** Takes what the site says. */
  heard: (site: Site) => void;
}

/** Milliseconds from a new title to the page below it, which routers draw later. */
const DRAWN = 200;

export function accompany(view: View, tools: Tools): void {
  const { root, signal } = view;
  if (signal.aborted) {
    return; // The chat is gone, or its panel was made anew, before this came.
  }
  const host = root.host as Host;
  const ask = (): void => void openIfAsked(root, host);
  /** Questions that are the server's to name; undefined as long as it may still do so. */
  let named: readonly string[] | undefined;
  let isHearing = false;
  const start = (): void => {
    if (named || host.hasAttribute("suggestions") || host.hasAttribute("page-suggestions")) {
      showStarters(view, tools, named ?? []);
    }
  };
  const hear = async (): Promise<void> => {
    if (isHearing || !root.querySelector("dialog:is([open], :popover-open)")) {
      return;
    }
    isHearing = true;
    try {
      const site = await hearSite(view);
      tools.heard(site);
      named = site.questions;
    } catch {
      named = [];
      isHearing = false; // It may answer when the chat is opened again.
    }
    if (!signal.aborted) {
      start();
    }
  };
  let drawn: ReturnType<typeof setTimeout> | undefined;
  const observers = [
    new MutationObserver(() => tools.takeGiven(view)),
    new MutationObserver(start),
    new MutationObserver(() => {
      clearTimeout(drawn);
      drawn = setTimeout(start, DRAWN);
    }),
  ] as const;
  observers[0].observe(host, { attributeFilter: ["excerpt"] });
  observers[1].observe(host, { attributeFilter: ["page-suggestions"] });
  observers[2].observe(document.head, { childList: true, subtree: true, characterData: true });
  host.addEventListener("askdocs:open", start, { signal });
  host.addEventListener("askdocs:open", () => void hear(), { signal });
  host.addEventListener("askdocs:open", ask, { signal });
  addEventListener("hashchange", ask, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(drawn);
    observers.forEach((observer) => observer.disconnect());
  });
  ask();
  tools.takeGiven(view);
  void hear();
  start();
}

type Host = HTMLElement & { open(): Promise<void> };

async function openIfAsked(root: ShadowRoot, host: Host): Promise<void> {
  if (/[?&#]ask/.test(location.href)) {
    const asked = (await import("./deep_link.js")).takeAsked();
    if (asked !== undefined) {
      await host.open();
      const field = root.querySelector<HTMLTextAreaElement>("[part=input]")!;
      field.value ||= asked;
      field.dispatchEvent(new Event("input"));
    }
  }
}
