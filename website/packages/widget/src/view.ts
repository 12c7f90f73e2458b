/** What every part of the panel needs to show itself. */

import type { Strings } from "./strings/index.js";

export interface View {
  strings: Strings;
  root: ShadowRoot;
  /** Says something once to screen readers. */
  say(text: string): void;
  /** A click on a link to the docs. */
  follow(event: MouseEvent, url: string, quote: string): void;
}
