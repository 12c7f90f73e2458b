/** A chunk of its own: what nobody needs to read a first answer. */

import { Preview } from "./preview.js";
import { adoptSheet } from "./styles.js";
import { enExtras } from "./strings/en_extras.js";
import css from "./styles/extras.css?inline";
import type { View } from "./view.js";

export { Announcer } from "./announcer.js";
export { copyAndShow } from "./clipboard.js";
export { override } from "./overrides.js";
export { renderActions } from "./actions.js";
export { resume } from "./resuming.js";
export { offerExcerpt } from "./excerpt.js";
export { isSure } from "./sure.js";
export { renderSourceList } from "./source_list.js";

const attached = new WeakSet<View>();

/** Brings the words and styles of all this to a panel, and previews of its marks; once. */
export function attach(view: View): void {
  if (!attached.has(view)) {
    attached.add(view);
    view.strings = { ...enExtras, ...view.strings };
    adoptSheet(view.root, css);
    new Preview(view);
  }
}
