import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { dist } from "./site.js";

interface Manifest {
  loader: string;
  panel: string;
  extras: string;
  module: string;
  files: Record<string, { bytes: number; gzip: number; brotli: number }>;
}

const manifest = JSON.parse(readFileSync(path.join(dist, "manifest.json"), "utf8")) as Manifest;

function weigh(name: string): number {
  return gzipSync(readFileSync(path.join(dist, name)), { level: 9 }).length;
}

test("the loader weighs at most 2 KB", () => {
  expect(weigh(manifest.loader)).toBeLessThanOrEqual(2048);
});

test("the panel weighs at most 20 KB, with everything that an answer in English needs", () => {
  expect(weigh(manifest.panel)).toBeLessThanOrEqual(20 * 1024);
  const eager = readFileSync(path.join(dist, manifest.panel), "utf8").match(/\b(?:import|from)\s*["'`]/g) ?? [];
  expect(eager).toEqual([]);
  // What only the extras say and do is not in it: sentences for screen readers, votes, copying.
  expect(readFileSync(path.join(dist, manifest.panel), "utf8")).not.toMatch(/Not helpful|execCommand|\[\.!\?:。！？\]/);
});

test("the panel's extras weigh at most 10 KB", () => {
  expect(weigh(manifest.extras)).toBeLessThanOrEqual(10 * 1024);
});

test("the chat without its looks weighs at most 6.5 KB, needs nothing else, and has none of them", () => {
  expect(weigh("headless.js")).toBeLessThanOrEqual(6.5 * 1024);
  const code = readFileSync(path.join(dist, "headless.js"), "utf8");
  expect(code).not.toMatch(/\bimport\b|createElement|shadowRoot/);
});

test("what gets a reader session weighs at most 2 KB and its worker 1 KB, and both come by themselves", () => {
  const names = Object.keys(manifest.files).filter((name) => name.startsWith("session-"));
  expect(names).toHaveLength(1);
  expect(weigh(names[0]!)).toBeLessThanOrEqual(2 * 1024);
  expect(weigh("solver.js")).toBeLessThanOrEqual(1024);
  expect(readFileSync(path.join(dist, manifest.extras), "utf8")).not.toContain("x-askdocs-reader");
});

test("what colours code weighs at most 12 KB, and comes by itself", () => {
  const names = Object.keys(manifest.files).filter((name) => name.startsWith("languages-"));
  expect(names).toHaveLength(1);
  expect(weigh(names[0]!)).toBeLessThanOrEqual(12 * 1024);
  expect(readFileSync(path.join(dist, manifest.extras), "utf8")).not.toContain("readonly|shift");
});

test("the panel's white space is gone", () => {
  expect(readFileSync(path.join(dist, manifest.panel), "utf8").split("\n").length).toBeLessThan(30);
});

test("nothing that parses HTML or text as code is in the files", () => {
  for (const name of Object.keys(manifest.files)) {
    expect(readFileSync(path.join(dist, name), "utf8")).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|DOMParser|setHTMLUnsafe|document\.write|\beval\(|new Function|srcdoc/,
    );
  }
});

test("the manifest names what is there", () => {
  for (const [name, { bytes, gzip, brotli }] of Object.entries(manifest.files)) {
    const [content, small, smallest] = ["", ".gz", ".br"].map((suffix) => readFileSync(path.join(dist, name + suffix)));
    expect([content!.length, small!.length, smallest!.length], name).toEqual([bytes, gzip, brotli]);
    expect(gunzipSync(small!)).toEqual(content);
    expect(brotliDecompressSync(smallest!)).toEqual(content);
  }
  expect(manifest.files).toHaveProperty([manifest.module]);
});
