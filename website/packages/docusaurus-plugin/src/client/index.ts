/** Runs in the browser: keeps one <askdocs-chat> on the page, outside React, told of where the reader is. */

import globalData from "@generated/globalData";
import type { ClientModule } from "@docusaurus/types";
import { findChat, NAME, openChat, type Chat } from "./chat";
import { normalize, pageContext } from "./context";
import { keepEarlyClick } from "./early";
import { placeFooter } from "./footer";
import { settings } from "./settings";

function mount(): Chat {
  const present = findChat();
  if (present !== null) {
    return present;
  }
  const chat = document.createElement(NAME) as Chat;
  for (const [name, value] of Object.entries(settings.attributes)) {
    chat.setAttribute(name, value);
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
function tellPage(chat: Chat): void {
  const root = document.documentElement;
  chat.addEventListener("askdocs:open", () => root.setAttribute("data-askdocs", "open"));
  chat.addEventListener("askdocs:close", () => root.removeAttribute("data-askdocs"));
}

const STARTERS = new Map(Object.entries(settings.starters).map(([path, questions]) => [normalize(path), questions]));

/** Whether an address asks for the chat, as the widget itself reads that of the page it is loaded on. */
const asks = (search: string, hash: string): boolean =>
  new URLSearchParams(search).has("ask") || (hash === "#ask" && document.getElementById("ask") === null);

const clientModule: ClientModule = {
  onRouteDidUpdate({ location, previousLocation }) {
    const chat = mount();
    // The page's docusaurus_* meta tags still describe the previous page at this moment; the path does not.
    const { version, label } = pageContext(location.pathname, globalData);
    chat.setAttribute("version", version);
    chat.setAttribute("version-label", label);
    chat.setAttribute("page-suggestions", JSON.stringify(STARTERS.get(normalize(location.pathname)) ?? []));
    if (settings.footer !== false) {
      placeFooter(settings.footer);
    }
    if (previousLocation && asks(location.search, location.hash)) {
      void openChat();
    }
  },
};

export default clientModule;
