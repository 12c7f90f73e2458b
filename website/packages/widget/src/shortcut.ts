/** Keyboard shortcuts such as "mod+i" or "mod+shift+k", where mod is Ctrl or Cmd, whichever is pressed. */

export type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** What is pressed, modifiers first and in this order: "mod+alt+shift+k". */
export const spell = ({ ctrlKey, metaKey, altKey, shiftKey, key }: Keys): string =>
  (ctrlKey || metaKey ? "mod+" : "") + (altKey ? "alt+" : "") + (shiftKey ? "shift+" : "") + key.toLowerCase();

/** Whether keys pressed here are text that somebody writes. */
export const isTyping = ({ isContentEditable, tagName }: HTMLElement): boolean =>
  isContentEditable || /INPUT|TEXTAREA|SELECT/.test(tagName);
