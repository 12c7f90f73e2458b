/** Links that open the chat: ?ask=… with a question in its field, which the reader sends, and #ask. */

/** What such a link asks, "" for nothing in particular; undefined when the address is none. It is taken out of it. */
export function takeAsked(): string | undefined {
  const url = new URL(location.href);
  const asked = url.searchParams.get("ask");
  // A page may have a heading of that name.
  const isHash = url.hash === "#ask" && !document.getElementById("ask");
  if (asked === null && !isHash) {
    return undefined;
  }
  url.searchParams.delete("ask");
  if (isHash) {
    url.hash = "";
  }
  history.replaceState(history.state, "", url);
  return asked ?? "";
}
