/** Goes on with an answer whose connection broke, or whose page was left. Loaded with the extras. */

import type { Client } from "./client.js";
import { Failure } from "./failure.js";
import type { Part } from "./stream.js";
import type { Turn } from "./turn.js";

/**
 * Milliseconds without a word from the answer after which we give up: as long as the server goes on without a reader
 * (`server.resume_grace`), since the answer cannot be had afterwards.
 */
const PATIENCE = 60_000;
/** Milliseconds between two attempts; the next one is made at once when the browser finds the network again. */
const PAUSES = [0, 500, 1_000, 2_000, 3_000];

/**
 * Reads the answer of `turn` from its beginning, however often that breaks, and hands over what the turn does not hold
 * yet: the stream is always the same. `lost` is called before each wait. Throws as `Client.ask` does.
 */
export async function resume(
  client: Client,
  turn: () => Turn,
  signal: AbortSignal,
  receive: (part: Part) => void,
  lost: () => void,
): Promise<void> {
  let heardAt = Date.now();
  for (let attempt = 0; ; attempt++) {
    let passed = turn().heard;
    try {
      await client.resume(turn(), signal, (part) => {
        heardAt = Date.now();
        attempt = 0;
        if (passed-- <= 0) {
          receive(part);
        }
      });
      return;
    } catch (error) {
      const { code } = error as Failure;
      if (signal.aborted || code === "answer") {
        throw error;
      }
      // What is gone, and what an older server does not know; and what was not heard of for too long.
      if (!/network|offline|timeout|interrupted|server|limited/.test(code) || Date.now() - heardAt > PATIENCE) {
        throw new Failure("interrupted");
      }
      lost();
      await networkOr(PAUSES[Math.min(attempt, PAUSES.length - 1)]!, signal);
    }
  }
}

/** Resolves after so many milliseconds, or when the network is back, or when nobody wants the answer any more. */
function networkOr(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
