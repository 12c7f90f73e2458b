/** What a page's main thread did, as Chromium's own tracing tells it. */

/** Milliseconds: what the browser calls a long task. */
export const LONG = 50;

const CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "v8", "__metadata"];

/** What parts of a task are called, by the names of their events. */
const KINDS = {
  EvaluateScript: "script",
  "v8.compile": "script",
  "v8.compileModule": "script",
  "v8.evaluateModule": "script",
  FunctionCall: "script",
  TimerFire: "script",
  FireAnimationFrame: "script",
  FireIdleCallback: "script",
  EventDispatch: "script",
  RunMicrotasks: "script",
  UpdateLayoutTree: "style",
  Layout: "layout",
  PrePaint: "paint",
  Paint: "paint",
  Layerize: "paint",
  Commit: "paint",
  MinorGC: "garbage",
  MajorGC: "garbage",
};

/**
 * Runs `act` while the tasks of the page's main thread are recorded. Each has its times in milliseconds: `wall`, `cpu` (of the
 * thread: what it waited for a core is not in it) and by kind, in which each moment counts once, for the innermost.
 */
export async function record(browser, page, act) {
  await browser.startTracing(page, { categories: CATEGORIES });
  const result = await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return { result, tasks: read(traceEvents), traceEvents };
}

function read(events) {
  const threads = new Map();
  for (const event of events) {
    if (event.ph === "X") {
      const key = `${event.pid}:${event.tid}`;
      threads.set(key, threads.get(key) ?? []).get(key).push(event);
    }
  }
  const mains = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => threads.get(`${pid}:${tid}`) ?? []);
  // The page's own: the renderer that has most to do. A spare one idles beside it.
  const main = mains.toSorted((one, other) => other.length - one.length)[0] ?? [];
  return tasks(main.toSorted((one, other) => one.ts - other.ts || other.dur - one.dur));
}

function tasks(events) {
  const found = [];
  let task;
  let open = [];
  for (const event of events) {
    if (event.name === "RunTask") {
      task = { start: event.ts / 1000, wall: event.dur / 1000, cpu: (event.tdur ?? 0) / 1000, end: event.ts + event.dur, names: new Set(), script: 0, style: 0, layout: 0, paint: 0, garbage: 0 };
      found.push(task);
      open = [];
      continue;
    }
    const kind = KINDS[event.name];
    if (task === undefined || event.ts >= task.end || kind === undefined) {
      continue;
    }
    open = open.filter(({ end }) => end > event.ts);
    const outer = open.at(-1);
    const cpu = (event.tdur ?? 0) / 1000;
    task[kind] += cpu;
    task.names.add(event.name);
    if (outer) {
      task[outer.kind] -= cpu;
    }
    open.push({ kind, end: event.ts + event.dur });
  }
  return found;
}
