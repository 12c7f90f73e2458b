/** askdocs.js: what <script src="…/askdocs.js" data-site-key="…"> runs. */

import type { PanelModule } from "./contract.js";
import { AskdocsChat, describe } from "./element.js";

declare const __PANEL__: string;

const script = document.currentScript as HTMLScriptElement | null;
const load = (file: string) => import(/* @vite-ignore */ new URL(file, script?.src || document.baseURI) as unknown as string) as Promise<PanelModule>;

let attempts = 0;

// A loader from a cache may be older than the site, whose panel then has another name: panel.js stands for any. Browsers
// remember a failed import by its address.
AskdocsChat.load = () => load(__PANEL__).catch(() => load(`panel.js?${attempts++}`));
AskdocsChat.define();

function mount(): void {
  if (!document.querySelector("askdocs-chat")) {
    const chat = document.createElement("askdocs-chat");
    describe(chat, script!.dataset);
    document.body.append(chat);
  }
}

// Docusaurus' plugin and other hosts place the element themselves: their script tag carries no key.
if (script?.dataset.siteKey) {
  // In the head there is no body yet.
  (document.body as HTMLElement | null) ? mount() : addEventListener("DOMContentLoaded", mount);
}
