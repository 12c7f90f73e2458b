/** Loads what nobody needs to read a first answer: once the chat is open and the browser idle, or on first use. */

import type * as Extras from "./extras.js";
import type { View } from "./view.js";

let loading: Promise<typeof Extras> | undefined;
let attempts = 0;

/** Rejects when the file cannot be loaded, as offline; the next call tries again. */
export async function loadExtras(view: View): Promise<typeof Extras> {
  loading ??= (attempts++ > 0 ? importAgain() : import("./extras.js")).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const extras = await loading;
  extras.attach(view);
  return extras;
}

/** Browsers remember a failed import by its address. It lies beside this file, under a name that stays. */
function importAgain(): Promise<typeof Extras> {
  const here: string = import.meta.url;
  return import(/* @vite-ignore */ new URL(`extras.js?${attempts}`, here).href) as Promise<typeof Extras>;
}

/** Fetches the file when the browser has nothing else to do. Without it everything still works, only later. */
export function prefetchExtras(view: View): void {
  const fetchIt = (): void => void loadExtras(view).catch(() => undefined);
  // Safari has no such callback.
  "requestIdleCallback" in globalThis ? requestIdleCallback(fetchIt, { timeout: 2_000 }) : setTimeout(fetchIt, 500);
}
