/** Solves puzzles beside the page: a file of its own, since pages with a strict policy run no other workers. */

import { tryFrom, type Puzzle } from "./solver.js";

addEventListener("message", ({ data }: MessageEvent<Puzzle>) => {
  postMessage(tryFrom(data, 0, data.maxnumber + 1));
});
