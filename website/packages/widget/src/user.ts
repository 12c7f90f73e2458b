/** Gets what the server missed: a session, or another token of the host that says who asks. Loaded with the extras. */

import type { Client } from "./client.js";
import { announce, type Host } from "./contract.js";
import { Failure } from "./failure.js";
import type { View } from "./view.js";

/** Milliseconds that a host has to fetch a token, and between two looks at whether it has. */
const PATIENCE = 10_000;
const PAUSE = 50;

/** Whether a refusal means that a session is missing. */
export function isSessionMissing(body: string): boolean {
  return body.includes("problem:reader-session-required");
}

export async function renew(view: View, failure: Failure, body: string, client: Client, refused?: string | null): Promise<void> {
  if (isSessionMissing(body)) {
    const { openSession, solveAside } = await import("./session.js");
    return openSession(client, solveAside);
  }
  const { strings } = view;
  return renewUser(view, failure, body.includes("problem:user-token-required") ? strings.signIn : strings.user, refused);
}

/** Resolves when the host has set another token than the one that was `refused`; else throws, with these words for the reader. */
async function renewUser(view: View, failure: Failure, words: string, refused?: string | null): Promise<void> {
  const host = view.root.host as Host;
  const end = Date.now() + PATIENCE;
  let isComing = !announce(host, "askdocs:user", { message: failure.message });
  while (host.user === refused) {
    if (!isComing) {
      throw new Failure("user", words);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    isComing = Date.now() < end;
  }
}
