/** Citations as links: which may be followed, and how they lead to the sentence that is cited. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);
/**
 * What decides where an address leads must be plain, so that no other reading of it leads elsewhere: a host and
 * nothing else after the scheme, or one slash at most before a path.
 */
const PLAIN = /^(?:mailto:|https?:\/\/(?:[\p{L}\p{M}\d.-]+|\[[\da-f:]+\])(?::\d+)?(?![^/?#])|\/(?![/\\&\s])|(?!\/)[^\s\p{C}\\&:/?#]*(?![^/?#]))/iu;

/** The address in full, or undefined when it is not one that readers may be sent to. */
export function allowUrl(href: string, base: string): string | undefined {
  try {
    const url = new URL(href, base);
    return PLAIN.test(href) && ALLOWED.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** `url#id:~:text=…`: browsers scroll to the quote and mark it. */
export function linkTo(url: string, fragment: string): string {
  return fragment ? `${url}${url.includes("#") ? "" : "#"}:~:${fragment}` : url;
}

/** The id that an address leads to, "" for none. */
export function anchorOf(url: string, here: string): string {
  const anchor = new URL(url, here).hash.slice(1).split(":~:")[0] ?? "";
  try {
    return decodeURIComponent(anchor);
  } catch {
    return anchor;
  }
}

/** Whether both addresses are of the same document, whatever their fragments. */
export function isSamePage(url: string, here: string): boolean {
  const [one, other] = [new URL(url, here), new URL(here)];
  return one.origin === other.origin && pathOf(one) === pathOf(other) && one.search === other.search;
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/(\/index)?(\.html)?\/*$/, "");
}
