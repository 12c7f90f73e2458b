/** Tells the users of a host apart, for what is kept of their conversations. A chunk of its own: most hosts sign for nobody. */

/**
 * What stands before the names of all that is kept for the user of this token: the same for each token of theirs, and not
 * what they are called. "" for what is no token, which the server refuses.
 */
export function ownerOf(token: string): string {
  try {
    const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(payload)) as { sub: unknown };
    return `user-${digest(String(sub))}:`;
  } catch {
    return "";
  }
}

/** FNV-1a in two halves of 32 bits, since `crypto.subtle` is missing on pages without HTTPS. It need not withstand anybody. */
function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0xc9dc5811];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + 1), 0x01000193) ^ low;
  }
  return [low, high].map((half) => (half >>> 0).toString(36)).join("");
}
