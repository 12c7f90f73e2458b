/** Spreads what takes long to show over frames, so that the page stays usable meanwhile. */

/**
 * Milliseconds of script in a frame: with what the browser adds for style, layout and paint, which is up to five times as
 * much, a frame takes less than 50 ms on a processor that is four times slower than a two-core server.
 */
const BUDGET = 4;

/** What was begun last goes first. */
const works: Iterator<unknown>[] = [];
let frame = 0;

/** Does a first step at once, and the others in the next frames. */
export function inFrames(work: Iterator<unknown>): void {
  works.push(work);
  step(work);
}

function step(work: Iterator<unknown>): void {
  if (work.next().done) {
    works.splice(works.indexOf(work), 1);
  }
  if (works.length > 0) {
    frame ||= requestAnimationFrame(proceed);
  }
}

function proceed(): void {
  const end = performance.now() + BUDGET;
  frame = 0;
  for (let work; (work = works.at(-1)); ) {
    step(work);
    if (performance.now() > end) {
      break;
    }
  }
}
