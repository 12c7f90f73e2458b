/** The button on blocks of code that takes them into the chat, to be asked about. */

import type { ClientModule } from "@docusaurus/types";
import { findChat, openChat } from "./chat";
import { settings } from "./settings";

const SVG = "http://www.w3.org/2000/svg";
const ICON = "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM9.8 8.6a2.3 2.3 0 1 1 3.3 2.1c-.8.4-1.1.9-1.1 1.6M12 14.4v.1";

/**
 * Gives each block a button beside the theme's own, also those that come later: with a page, a tab or the theme's
 * buttons, which React makes when it has hydrated.
 */
function keepCodeButtons(label: string): void {
  const place = (): void => {
    for (const buttons of document.querySelectorAll('.theme-code-block [class*="buttonGroup"]:not(:has(> .askdocs-code))')) {
      buttons.append(codeButton(nameOf(buttons, label)));
    }
  };
  new MutationObserver(place).observe(document.body, { childList: true, subtree: true });
  place();
}

/** Of a button on one block among others: with the block's title, or else its language. */
function nameOf(buttons: Element, label: string): string {
  const block = buttons.closest(".theme-code-block");
  const about = block?.querySelector('[class*="codeBlockTitle"]')?.textContent || (block && languageOf(block));
  return about ? `${label}: ${about}` : label;
}

const languageOf = (block: Element): string => /(?:^| )language-(\S+)/.exec(block.className)?.[1] ?? "";

function codeButton(label: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "askdocs-code clean-btn";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-haspopup", "dialog");
  button.append(icon());
  button.addEventListener("click", () => {
    const block = button.closest(".theme-code-block");
    const chat = findChat();
    if (block && chat) {
      // The chat takes both into its field, once it is there.
      chat.setAttribute("excerpt-language", languageOf(block));
      chat.setAttribute("excerpt", codeOf(block));
      void openChat();
    }
  });
  return button;
}

function codeOf(block: Element): string {
  const lines = [...block.querySelectorAll(".token-line")].map((line) => line.textContent.replace(/\n$/, ""));
  return lines.length > 0 ? lines.join("\n") : (block.querySelector("code")?.textContent ?? "");
}

function icon(): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICON);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

let isStarted = false;

/** A client module of its own, of which sites without the option load nothing. */
const clientModule: ClientModule = {
  onRouteDidUpdate() {
    if (settings.code !== false && !isStarted) {
      isStarted = true;
      keepCodeButtons(settings.code);
    }
  },
};

export default clientModule;
