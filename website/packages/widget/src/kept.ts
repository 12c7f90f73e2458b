/** Says what is kept of a conversation, for how long, and where it goes, as the server says it. Loaded when somebody wants to know. */

import { allowUrl } from "./citations.js";
import { keptWords, type KeptWords } from "./strings/kept.js";
import type { Site } from "./site.js";
import type { View } from "./view.js";

type Get = (view: View, path: string) => Promise<Record<string, unknown>>;

/** As `GET …/privacy` answers, as far as it is shown. */
export interface Privacy {
  conversations: { stored: boolean; days: number; backup_days: number | null };
  masked: string[];
  addresses_stored: boolean;
  cookies: boolean;
  recipients: { name: string; location: string | null }[];
  shared_answers_seconds: number;
  policy_url: string | null;
}

/** Shows it above the line of the button, or takes it away. */
export async function toggleKept(view: View, button: HTMLButtonElement, site: Site, get: Get): Promise<void> {
  const { root } = view;
  const shown = root.querySelector(".kept");
  if (shown) {
    shown.remove();
    button.ariaExpanded = "false";
    return;
  }
  const { lang } = root.querySelector("dialog")!;
  const words = keptWords(lang);
  const privacy = (await get(view, "/privacy")) as unknown as Privacy;
  const text = describeKept(privacy, words, lang).join(" ");
  const section = document.createElement("section");
  section.className = "kept";
  section.tabIndex = 0; // It scrolls where a page is small, also for who has no mouse.
  section.part.add("kept");
  section.ariaLabel = button.textContent;
  const line = document.createElement("p");
  line.append(text);
  const said = root.host.getAttribute("privacy-url") || site.privacyUrl || privacy.policy_url;
  const policy = said && allowUrl(said, document.baseURI);
  if (policy) {
    const link = document.createElement("a");
    link.href = policy;
    link.textContent = words.policy;
    line.append(" ", link);
  }
  section.append(line);
  if (!root.querySelector(".kept")) {
    button.closest(".fine")!.before(section);
    button.ariaExpanded = "true";
    view.say(text);
  }
}

/** Its sentences. Numbers, units and lists are as the language has them. */
export function describeKept(privacy: Privacy, words: KeptWords, language: string): string[] {
  const { conversations, masked, recipients, shared_answers_seconds: shared } = privacy;
  const say = (sentence: string, value: string): string => sentence.replace("{0}", value);
  const list = (values: string[]): string => new Intl.ListFormat(language).format(values);
  const span = (amount: number, unit: "day" | "minute"): string =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(amount);
  const kinds = masked.flatMap((kind) => words.kinds[kind] ?? []);
  const places = recipients.map(({ name, location }) => (location ? `${name} (${location})` : name));
  return [
    conversations.stored ? say(words.stored, span(conversations.days, "day")) : words.notStored,
    conversations.stored && conversations.backup_days ? say(words.backups, span(conversations.backup_days, "day")) : "",
    kinds.length > 0 ? say(words.masked, list(kinds)) : "",
    places.length > 0 ? say(words.to, list(places)) : words.nowhere,
    shared > 0 ? say(words.shared, span(Math.ceil(shared / 60), "minute")) : "",
    privacy.cookies || privacy.addresses_stored ? "" : words.none,
  ].filter(Boolean);
}
