/**
 * Gets a session where the server asks readers for one, which readers do not notice: it may take a puzzle that their computer
 * solves. A chunk of its own, since most sites never ask.
 */

import { Failure, fromResponse } from "./failure.js";
import { solveInSlices, type Puzzle } from "./solver.js";

/** Where to ask, and what goes along with each request. */
export interface Asking {
  readonly sites: string;
  readonly headers: Record<string, string>;
}

export type Solve = (puzzle: Puzzle) => Promise<number>;

const HEADER = "x-askdocs-reader";
/** Puzzles that are solved for one session: another is needed if the network changed meanwhile. */
const ATTEMPTS = 3;
/** Milliseconds before the end in which a session that is used is followed by another one. */
const AHEAD = 180_000;
const PATIENCE = 45_000;

const opening = new WeakMap<Asking, Promise<void>>();

/** Resolves when `asking` has a session; throws a Failure when there is none to be had. Calls at once share one. */
export function openSession(asking: Asking, solve: Solve = solveInSlices): Promise<void> {
  let opened = opening.get(asking);
  if (!opened) {
    opened = open(asking, solve).finally(() => opening.delete(asking));
    opening.set(asking, opened);
  }
  return opened;
}

async function open(asking: Asking, solve: Solve): Promise<void> {
  let altcha: string | undefined;
  for (let attempt = 0; attempt <= ATTEMPTS; ) {
    const response = await fetch(`${asking.sites}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ altcha }),
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = await response.text();
    if (response.status === 201) {
      keep(asking, solve, JSON.parse(body) as { token: string; expires_in: number });
      return;
    }
    if (response.ok) {
      const { maxnumber, ...puzzle } = JSON.parse(body) as Puzzle;
      altcha = btoa(JSON.stringify({ ...puzzle, number: await solve({ ...puzzle, maxnumber }) }));
      attempt++;
    } else if (altcha && response.status === 403) {
      altcha = undefined;
    } else {
      throw fromResponse(response.status, body, response.headers.get("retry-after"));
    }
  }
  throw new Failure("limited");
}

/** In memory alone. Whoever still asks shortly before it ends gets the next one meanwhile. */
function keep(asking: Asking, solve: Solve, { token, expires_in }: { token: string; expires_in: number }): void {
  const renewal = Date.now() + expires_in * 1000 - AHEAD;
  Object.defineProperty(asking.headers, HEADER, {
    enumerable: true,
    configurable: true,
    get() {
      if (Date.now() > renewal) {
        openSession(asking, solve).catch(() => undefined); // Without it the next question asks for one.
      }
      return token;
    },
  });
}

/** In a worker, which leaves the page alone; in slices where a page's policy or its origin lets none be made. */
export async function solveAside(puzzle: Puzzle): Promise<number> {
  let worker: Worker | undefined;
  try {
    const here: string = import.meta.url;
    worker = new Worker(/* @vite-ignore */ new URL("solver.js", here));
    return await new Promise<number>((resolve, reject) => {
      worker!.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
      worker!.onerror = reject;
      worker!.postMessage(puzzle);
    });
  } catch {
    return await solveInSlices(puzzle);
  } finally {
    worker?.terminate();
  }
}
