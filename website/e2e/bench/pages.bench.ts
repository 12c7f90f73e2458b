/**
 * The figures that Lighthouse shows, of our own pages with the chat: on a phone's processor (four times slower than this
 * machine's) and a phone's network (1.6 Mbit/s, 150 ms), with an empty cache.
 */

import type { Browser, CDPSession, Page } from "@playwright/test";
import { test } from "../harness/fixtures.js";

const PAGES = { landing: "/", guide: "/docs/start/quick-start", reference: "/docs/operate/configuration-reference", demo: "/demo/vite/" };

/** Milliseconds after the page has loaded in which shifts and long tasks still count. */
const SETTLE = 3_000;

interface Figures {
  page: string;
  requests: number;
  elsewhere: number;
  kB: number;
  "first paint, ms": number;
  "largest paint, ms": number;
  "layout shift": number;
  "long tasks": number;
  "blocking, ms": number;
  "chat opened, kB": number;
}

/** What the browser's own observers say. The page is told before anything of it runs. */
interface Observed {
  first: number;
  largest: number;
  shift: number;
  tasks: number[];
}

declare global {
  var observed: Observed;
}

function observe(): void {
  globalThis.observed = { first: 0, largest: 0, shift: 0, tasks: [] };
  const watch = (type: string, take: (entry: PerformanceEntry & { value?: number; hadRecentInput?: boolean }) => void): void =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("paint", ({ name, startTime }) => name === "first-contentful-paint" && (observed.first = startTime));
  watch("largest-contentful-paint", ({ startTime }) => (observed.largest = startTime));
  watch("layout-shift", ({ value = 0, hadRecentInput }) => (observed.shift += hadRecentInput ? 0 : value));
  watch("longtask", ({ duration }) => observed.tasks.push(duration));
}

/** Counts what comes over the network, compressed as it comes. */
async function count(cdp: CDPSession, origin: string): Promise<{ requests: number; elsewhere: number; bytes: number }> {
  const counted = { requests: 0, elsewhere: 0, bytes: 0 };
  await cdp.send("Network.enable");
  cdp.on("Network.requestWillBeSent", ({ request }) => {
    counted.requests += 1;
    counted.elsewhere += /^https?:/.test(request.url) && !request.url.startsWith(origin) ? 1 : 0;
  });
  cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (counted.bytes += encodedDataLength));
  return counted;
}

async function measure(browser: Browser, origin: string, page: string, path: string): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: "no-preference" });
  const tab: Page = await context.newPage();
  const cdp = await context.newCDPSession(tab);
  const counted = await count(cdp, origin);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 });
  await tab.addInitScript(observe);
  await tab.goto(origin + path, { waitUntil: "load" });
  await tab.waitForTimeout(SETTLE);
  const { first, largest, shift, tasks } = await tab.evaluate(() => observed);
  const { requests, elsewhere, bytes } = counted;
  await tab.locator("askdocs-chat").getByRole("button").first().click();
  await tab.locator("askdocs-chat").getByRole("textbox").waitFor();
  const figures = {
    page,
    requests,
    elsewhere,
    kB: Math.round(bytes / 100) / 10,
    "first paint, ms": Math.round(first),
    "largest paint, ms": Math.round(largest),
    "layout shift": Math.round(shift * 1000) / 1000,
    "long tasks": tasks.length,
    "blocking, ms": Math.round(tasks.reduce((sum, task) => sum + task - 50, 0)),
    "chat opened, kB": Math.round((counted.bytes - bytes) / 100) / 10,
  };
  await context.close();
  return figures;
}

test("what our pages cost a reader", async ({ browser, plain }) => {
  test.setTimeout(180_000);
  const figures: Figures[] = [];
  for (const [page, path] of Object.entries(PAGES)) {
    figures.push(await measure(browser, plain.url, page, path));
  }
  console.table(figures);
});
