/**
 * What goes on around an open chat: a host hands over an excerpt, a link asks for the chat, the reader is on another page.
 * It imports nothing that the panel holds, so that the panel needs no file but its own.
 */

import { showStarters, type Reading } from "./starters.js";
import type { View } from "./view.js";

/** What the extras lend. */
export interface Tools extends Reading {
  takeGiven: (view: View) => void;
}

/** Milliseconds from a new title to the page below it, which routers draw later. */
const DRAWN = 200;

/** The panel's newest: it is made anew in the same root when its host changes its words. */
const views = new WeakMap<ShadowRoot, View>();

export function accompany(view: View, tools: Tools): void {
  const { root } = view;
  const isFirst = !views.has(root);
  views.set(root, view);
  if (isFirst) {
    listen(root, root.host as Host, tools);
  }
  tools.takeGiven(view);
  showStarters(view, tools);
}

type Host = HTMLElement & { open(): Promise<void> };

function listen(root: ShadowRoot, host: Host, tools: Tools): void {
  const whileThere = (act: (view: View) => void) => (): void => {
    if (host.isConnected && root.querySelector("dialog")) {
      act(views.get(root)!);
    }
  };
  const ask = whileThere(() => void openIfAsked(root, host));
  const start = whileThere((view) => showStarters(view, tools));
  new MutationObserver(whileThere(tools.takeGiven)).observe(host, { attributeFilter: ["excerpt"] });
  new MutationObserver(start).observe(host, { attributeFilter: ["page-suggestions"] });
  new MutationObserver(() => setTimeout(start, DRAWN)).observe(document.head, { childList: true, subtree: true, characterData: true });
  host.addEventListener("askdocs:open", start);
  host.addEventListener("askdocs:open", ask);
  addEventListener("hashchange", ask);
}

/** The panel itself reads the address that it is loaded at. */
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
