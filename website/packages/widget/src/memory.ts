/** What outlasts this page and this tab of a conversation: the device's last ones, and other tabs. */

import { Archive } from "./archive.js";
import { isSure } from "./sure.js";
import { Tabs } from "./tabs.js";
import type { View } from "./view.js";

export class Memory {
  readonly #archive: Archive;
  readonly #tabs: Tabs;

  constructor(private readonly view: View) {
    this.#archive = new Archive(view);
    this.#tabs = new Tabs(view);
    view.store.changed = () => {
      this.#archive.keep();
      this.#tabs.changed();
    };
  }

  /** Deletes the conversation everywhere, at the second press on `button`; says whether it did. */
  async forget(button: HTMLElement): Promise<boolean> {
    const { conversation, strings } = this.view;
    if (!isSure(button, strings)) {
      return false;
    }
    const { session } = conversation;
    await conversation.forget();
    this.#archive.forget(session);
    this.#tabs.deleted(session);
    this.view.say(strings.forgotten);
    return true;
  }
}
