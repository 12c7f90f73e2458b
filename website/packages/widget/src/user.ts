/** Asks the host for another token when the server refused the one that says who asks. Loaded with the extras. */

import { announce, type Host } from "./contract.js";
import { Failure } from "./failure.js";
import type { View } from "./view.js";

/** Milliseconds that a host has to fetch a token, and between two looks at whether it has. */
const PATIENCE = 10_000;
const PAUSE = 50;

/** Resolves when the host has set another token than the one that was `refused`; else throws, with words for the reader. */
export async function renewUser(view: View, failure: Failure, refused?: string | null): Promise<void> {
  const host = view.root.host as Host;
  const end = Date.now() + PATIENCE;
  let isComing = !announce(host, "askdocs:user", { message: failure.message });
  while (host.user === refused) {
    if (!isComing) {
      throw new Failure("user", view.strings.user);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    isComing = Date.now() < end;
  }
}
