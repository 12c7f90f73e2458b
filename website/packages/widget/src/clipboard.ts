/** Copies text, also where pages have no clipboard because they are not served over TLS. */

import { drawIcon, type Icon } from "./dom.js";
import type { View } from "./view.js";

/** Copies a text, and shows for a moment that it did on the button, which has this icon. */
export async function copyAndShow(button: HTMLElement, text: string, view: View, icon: Icon = "copy"): Promise<void> {
  if (await copy(text, view.root)) {
    button.replaceChildren(drawIcon("check"));
    view.say(view.strings.copied);
    setTimeout(() => button.replaceChildren(drawIcon(icon)), 1500);
  }
}

async function copy(text: string, root: ShadowRoot): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, root);
  }
}

function copySelected(text: string, root: ShadowRoot): boolean {
  const area = document.createElement("textarea");
  const dialog = root.querySelector("dialog") ?? root;
  area.value = text;
  area.className = "unseen";
  dialog.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- The only way that is left on such pages.
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
