/** Keyboard shortcuts such as "mod+i" or "mod+shift+k", where mod is Ctrl or Cmd, whichever is pressed. */

export type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** What is pressed, modifiers first and in this order: "mod+alt+shift+k". */
export function spell(keys: Keys): string {
  return (
    (keys.ctrlKey || keys.metaKey ? "mod+" : "") +
    (keys.altKey ? "alt+" : "") +
    (keys.shiftKey ? "shift+" : "") +
    keys.key.toLowerCase()
  );
}

/** Whether keys pressed here are text that somebody writes. */
export const isTyping = ({ isContentEditable, tagName }: HTMLElement): boolean =>
  isContentEditable || /INPUT|TEXTAREA|SELECT/.test(tagName);
