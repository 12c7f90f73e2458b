/** What the site says to the chat on its pages, once it is open: links, questions, consent. What the page says in attributes wins. */

import type { View } from "./view.js";

export interface Site {
  searchUrl: string;
  supportUrl: string;
  privacyUrl: string;
  questions: string[];
}

/** Milliseconds after which the chat does without. */
const PATIENCE = 5_000;

/** What the server answers below the site's address; throws where it does not. */
export async function get(view: View, path: string): Promise<Record<string, unknown>> {
  const { user } = view.root.host as HTMLElement & { user?: string | null };
  const response = await fetch(view.sites! + path, {
    headers: user ? { "x-askdocs-user": user } : {},
    credentials: "omit",
    signal: AbortSignal.any([view.signal, AbortSignal.timeout(PATIENCE)]),
  });
  if (!response.ok) {
    throw new Error(String(response.status));
  }
  return (await response.json()) as Record<string, unknown>;
}

/** Asks, and has the chat do as the site says; throws where it does not say anything, as a server of before. */
export async function hearSite(view: View): Promise<Site> {
  const said = await get(view, "/chat-settings");
  const { root, signal } = view;
  if (signal.aborted) {
    throw new Error("The panel is gone.");
  }
  const { host } = root;
  if (said.consent === "required" && !host.hasAttribute("consent")) {
    host.setAttribute("consent", "required"); // The panel removes what was kept until now.
  }
  // A vote on what is not stored would be refused.
  root.querySelector("dialog")!.classList.toggle("unstored", said.stored === false);
  const text = (name: string): string => (typeof said[name] === "string" ? said[name] : "");
  const questions = Array.isArray(said.suggested_questions) ? said.suggested_questions : [];
  const site = {
    searchUrl: text("search_url"),
    supportUrl: text("support_url"),
    privacyUrl: text("privacy_url"),
    questions: questions.filter((question) => typeof question === "string"),
  };
  offerKept(view, site);
  return site;
}

/** A button below the field that shows what is kept. */
function offerKept(view: View, site: Site): void {
  const { root, strings } = view;
  const fine = root.querySelector(".fine")!;
  const offer = document.createElement("button");
  offer.type = "button";
  offer.className = "link";
  offer.part.add("kept");
  offer.ariaExpanded = "false";
  offer.textContent = strings.kept;
  offer.onclick = async () => {
    try {
      const { toggleKept } = await import("./kept.js");
      await toggleKept(view, offer, site, get);
    } catch {
      view.say(strings.failures.part);
    }
  };
  fine.insertBefore(offer, fine.lastElementChild);
  offer.after(" ");
}
