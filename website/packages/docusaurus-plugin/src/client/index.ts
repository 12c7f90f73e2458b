/** Runs in the browser: keeps one <askdocs-chat> on the page, outside React, told of where the reader is. */

import globalData from "@generated/globalData";
import i18n from "@generated/i18n";
import type { ClientModule } from "@docusaurus/types";
import { pageContext } from "./context";
import { keepEarlyClick } from "./early";
import { placeFooter } from "./footer";
import { labelFor } from "./labels";
import { settings } from "./settings";

function mount(): HTMLElement {
  const present = document.querySelector<HTMLElement>("body > askdocs-chat");
  if (present !== null) {
    return present;
  }
  const chat = document.createElement("askdocs-chat");
  chat.setAttribute("site-key", settings.siteKey);
  chat.setAttribute("api", settings.api);
  chat.setAttribute("locale", i18n.currentLocale);
  const label = labelFor(i18n.currentLocale);
  if (label !== undefined) {
    chat.setAttribute("label", label);
  }
  if (settings.suggestions.length > 0) {
    chat.setAttribute("suggestions", JSON.stringify(settings.suggestions));
  }
  if (settings.shortcut !== null) {
    chat.setAttribute("shortcut", settings.shortcut === false ? "none" : settings.shortcut);
  }
  tellPage(chat);
  document.body.append(chat);
  keepEarlyClick(chat);
  loadWidget();
  return chat;
}

function loadWidget(): void {
  const script = document.createElement("script");
  script.src = settings.script;
  script.async = true;
  document.head.append(script);
}

/** Lets the style sheet make room for an open chat. */
function tellPage(chat: HTMLElement): void {
  const root = document.documentElement;
  chat.addEventListener("askdocs:open", () => root.setAttribute("data-askdocs", "open"));
  chat.addEventListener("askdocs:close", () => root.removeAttribute("data-askdocs"));
}

const clientModule: ClientModule = {
  onRouteDidUpdate({ location }) {
    const chat = mount();
    // The page's docusaurus_* meta tags still describe the previous page at this moment; the path does not.
    const { version, label } = pageContext(location.pathname, globalData);
    chat.setAttribute("version", version);
    chat.setAttribute("version-label", label);
    if (settings.footer !== null) {
      placeFooter(settings.footer);
    }
  },
};

export default clientModule;
