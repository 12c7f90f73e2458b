/** A chunk of its own: what nobody needs to read a first answer. */

import type { Host } from "./contract.js";
import { takeGiven } from "./excerpt.js";
import { Memory } from "./memory.js";
import { Preview } from "./preview.js";
import { parseSuggestions, readSettings, sitesOf } from "./settings.js";
import type { Site } from "./site.js";
import { adoptSheet } from "./styles.js";
import { fill } from "./strings/index.js";
import { withExtras } from "./strings/en_extras.js";
import css from "./styles/extras.css?inline";
import type { View } from "./view.js";

export { Announcer } from "./announcer.js";
export { copyAndShow } from "./clipboard.js";
export { override } from "./overrides.js";
export { renderActions } from "./actions.js";
export { resume } from "./resuming.js";
export { offerExcerpt } from "./excerpt.js";
export { renderSourceList } from "./source_list.js";
export { renew } from "./user.js";

const memories = new WeakMap<View, Memory>();

/** Deletes the panel's conversation, at the second press on `button`; says whether it did. */
export async function forget(view: View, button: HTMLElement): Promise<boolean> {
  return memories.get(view)!.forget(button);
}

/** Brings the words and styles of all this to a panel, previews of its marks and a memory of its conversations; once. */
export function attach(view: View): void {
  if (!memories.has(view)) {
    view.strings = withExtras(view.strings);
    adoptSheet(view.root, css);
    new Preview(view);
    memories.set(view, new Memory(view));
    view.sites = sitesOf(readSettings(view.root.host as Host));
    let heard!: (site: Site) => void;
    view.site = new Promise((resolve) => (heard = resolve));
    void import("./accompany.js").then(
      ({ accompany }) => accompany(view, { takeGiven, parseSuggestions, fill, heard }),
      () => undefined, // The chat answers without it.
    );
  }
}
