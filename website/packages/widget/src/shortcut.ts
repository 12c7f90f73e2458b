/** Keyboard shortcuts such as "mod+i" or "mod+shift+k", where mod is Ctrl or Cmd, whichever is pressed. */

export type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** What is pressed, modifiers first and in this order: "mod+alt+shift+k". */
export const spell = (pressed: Keys): string =>
  (pressed.ctrlKey || pressed.metaKey ? "mod+" : "") +
  (pressed.altKey ? "alt+" : "") +
  (pressed.shiftKey ? "shift+" : "") +
  pressed.key.toLowerCase();

/** Whether keys pressed here are text that somebody writes, or another chat's. */
export const isTaken = (element: HTMLElement): boolean =>
  element.isContentEditable || /INPUT|AREA|SELECT|-CHAT/.test(element.tagName);
