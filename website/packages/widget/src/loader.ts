/** askdocs.js: what <script src="…/askdocs.js" data-site-key="…"> runs. */

import { AskdocsChat } from "./element.js";

declare const __PANEL__: string;

const script = document.currentScript as HTMLScriptElement | null;
const base = script?.src || document.baseURI;

AskdocsChat.load = (attempt) =>
  import(/* @vite-ignore */ new URL(__PANEL__, base).href + (attempt ? `?${attempt}` : ""));
AskdocsChat.define();

function mount(from: HTMLScriptElement): void {
  if (!document.querySelector("askdocs-chat")) {
    const chat = document.createElement("askdocs-chat");
    for (const { name, value } of from.attributes) {
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
  (document.body as HTMLElement | null) ? mount(script) : addEventListener("DOMContentLoaded", () => mount(script));
}
