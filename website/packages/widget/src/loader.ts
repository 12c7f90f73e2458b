/** askdocs.js: what <script src="…/askdocs.js" data-site-key="…"> runs. */

import type { PanelModule } from "./contract.js";
import { AskdocsChat } from "./element.js";

declare const __PANEL__: string;

const script = document.currentScript as HTMLScriptElement | null;
const base = script?.src || document.baseURI;

const load = (file: string) => import(/* @vite-ignore */ new URL(file, base).href) as Promise<PanelModule>;

// A loader from a cache may be older than the site, whose panel then has another name: panel.js stands for any.
AskdocsChat.load = (attempt) => load(__PANEL__).catch(() => load(`panel.js?${attempt}`));
AskdocsChat.define();

function mount(): void {
  if (!document.querySelector("askdocs-chat")) {
    const chat = document.createElement("askdocs-chat");
    for (const { name, value } of script!.attributes) {
      if (name.startsWith("data-")) {
        chat.setAttribute(name.slice(5), value);
      }
    }
    document.body.append(chat);
  }
}

// Docusaurus' plugin and other hosts place the element themselves: their script tag carries no key.
if (script?.dataset.siteKey) {
  // In the head there is no body yet.
  (document.body as HTMLElement | null) ? mount() : addEventListener("DOMContentLoaded", mount);
}
