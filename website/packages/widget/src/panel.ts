/** The chat: loaded when somebody is about to use it. */

import { Lexer } from "marked";
import { announce, type Panel } from "./contract.js";

export function mount(host: HTMLElement, launcher: HTMLElement): Panel {
  let isOpen = false;
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", launcher.textContent);
  launcher.after(dialog);
  return {
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
      dialog.show();
      announce(host, "askdocs:open", {});
    },
    close() {
      isOpen = false;
      dialog.close();
      announce(host, "askdocs:close", {});
    },
    ask: (question) => Promise.resolve(Lexer.lex(question).length > 0),
    refresh: () => undefined,
    destroy: () => dialog.remove(),
  };
}
