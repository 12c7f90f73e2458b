/** Fetches a page of this site and takes out what stands under an anchor. */

import { blocksOf, section, type Shown } from "../../plain/blocks";

/** Null where the page cannot be read, as on another host. */
export async function read(url: string): Promise<Shown | null> {
  const address = new URL(url, location.href);
  const response = await fetch(address.pathname).catch(() => null);
  if (!response?.ok) {
    return null;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const content = page.querySelector(".theme-doc-markdown") ?? page.querySelector("main");
  const anchor = decodeURIComponent(address.hash.replace(/:~:.*$/, "").slice(1));
  return content && { url: address.pathname + address.hash, blocks: section(blocksOf(content), anchor) };
}
