/**
 * Builds dist/: the panel first, since the loader is told the panel's hashed name.
 *
 *   panel-<hash>.js      the chat itself, and one chunk for each further language
 *   extras-<hash>.js     what nobody needs to read a first answer
 *   panel.js, extras.js  the same under names that stay: for loaders that a cache has kept too long, and for another attempt
 *   askdocs.js           the loader for <script src>
 *   index.js, define.js  entries for bundlers, with the same panel
 *   solver.js            the worker that solves puzzles, for which a strict policy needs a file
 *   headless.js          the chat without its looks, for hosts that show it themselves
 *   *.br, *.gz           each of them compressed, for servers that send such files as they are
 *   custom-elements.json the element's attributes, methods, events, parts and properties
 *   manifest.json        what is there and what it weighs
 */

import { execFileSync } from "node:child_process";
import { copyFile, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { create, ts } from "@custom-elements-manifest/analyzer";
import { minify } from "terser";
import { build } from "vite";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
/** Where it is built, so that whoever serves dist/ meanwhile serves a whole one. */
const draft = path.join(root, "dist-draft");

/** What every build shares. The target is the first browsers with `light-dark()` and popovers. */
const shared = {
  root,
  configFile: false,
  logLevel: "warn",
  publicDir: false,
};
const output = { outDir: draft, emptyOutDir: false, target: ["chrome123", "firefox125", "safari17.5"], minify: "oxc" };

/**
 * Before the other minifier has its turn: both together make the panel 300 B gzip lighter, and the loader 10 B. What is
 * said of functions makes the panel 90 B lighter again, and the loader, whose functions are small, 9 B.
 */
const tersely = {
  name: "terser",
  /** @param {string} code @param {{ name: string }} chunk */
  renderChunk(code, { name }) {
    const isLoader = name === "loader";
    const compress = {
      passes: 3,
      keep_fargs: false,
      hoist_funs: true,
      pure_getters: true, // No code reads a property for what that does.
      unsafe_arrows: true,
      unsafe_comps: true,
      unsafe_math: true, // Pixels and milliseconds do not mind the last digit.
      unsafe: true, // What stands under this name changes code that nobody writes, such as `new Array(1, 2)`.
      inline: 1,
      reduce_funcs: !isLoader,
    };
    return isLoader || name === "panel" ? minify(code, { ecma: 2022, module: true, compress }) : null;
  },
};

async function buildModules() {
  const result = await build({
    ...shared,
    build: {
      ...output,
      lib: {
        entry: { index: path.join(root, "src/index.ts"), define: path.join(root, "src/define.ts") },
        formats: ["es"],
        fileName: (_format, name) => `${name}.js`,
      },
      rolldownOptions: {
        // vite leaves the white space in ES libraries; this takes it out, a third of the raw bytes.
        output: { chunkFileNames: "[name]-[hash].js", minify: true },
        plugins: [tersely],
        checks: { pluginTimings: false },
      },
    },
  });
  const chunks = (Array.isArray(result) ? result : [result]).flatMap((bundle) => bundle.output);
  const [panel, extras] = ["panel", "extras"].map((name) => chunks.find((chunk) => chunk.type === "chunk" && chunk.name === name));
  if (panel === undefined || extras === undefined) {
    throw new Error("The build made no panel chunk, or none of its extras.");
  }
  return { panel: panel.fileName, extras: extras.fileName };
}

/** @param {string} panel */
async function buildLoader(panel) {
  await build({
    ...shared,
    // The loader runs on pages only, where there is such a thing; the other entries are imported on servers too.
    define: { __PANEL__: JSON.stringify(panel), "globalThis.HTMLElement": "HTMLElement" },
    build: {
      ...output,
      lib: { entry: path.join(root, "src/loader.ts"), formats: ["iife"], name: "askdocs", fileName: () => "askdocs.js" },
      rolldownOptions: { plugins: [tersely], checks: { pluginTimings: false } },
    },
  });
}

/** A file by itself: what it shares with the panel is a chunk of its own otherwise, for which the panel would have to wait. */
async function buildHeadless() {
  const page = path.join(root, "src/no_page.ts");
  const inject = Object.fromEntries(["addEventListener", "removeEventListener", "navigator", "document"].map((name) => [name, [page, name]]));
  await build({
    ...shared,
    build: {
      ...output,
      lib: { entry: path.join(root, "src/headless.ts"), formats: ["es"], fileName: () => "headless.js" },
      rolldownOptions: { output: { minify: true }, transform: { inject }, checks: { pluginTimings: false } },
    },
  });
}

async function buildSolver() {
  await build({
    ...shared,
    build: {
      ...output,
      lib: { entry: path.join(root, "src/solver_worker.ts"), formats: ["iife"], name: "solver", fileName: () => "solver.js" },
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
}

function buildTypes() {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", path.join(root, "tsconfig.types.json"), "--outDir", path.join(draft, "types")], { stdio: "inherit" });
}

/** What editors and catalogues know of the element, from its own comment; a test holds that against the code. */
async function writeElements() {
  const source = await readFile(path.join(root, "src/element.ts"), "utf8");
  const manifest = create({ modules: [ts.createSourceFile("dist/index.js", source, ts.ScriptTarget.ES2022, true)], plugins: [], context: {} });
  const [module] = manifest.modules;
  const [element] = module.declarations.filter(({ customElement }) => customElement);
  const isHosts = ({ name, privacy }) => privacy !== "private" && !/^#|Callback$|^(observedAttributes|load|user)$/.test(name);
  element.members = element.members.filter(isHosts);
  element.superclass = { name: "HTMLElement" };
  module.declarations = [element];
  module.exports = module.exports.filter(({ declaration }) => declaration.name === element.name);
  await writeFile(path.join(draft, "custom-elements.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @param {string} panel @param {string} extras */
async function writeManifest(panel, extras) {
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const names = (await readdir(draft)).filter((name) => name.endsWith(".js")).sort();
  const files = {};
  for (const name of names) {
    const content = await readFile(path.join(draft, name));
    const [gzip, brotli] = [gzipSync(content, { level: 9 }), brotliCompressSync(content)];
    await writeFile(path.join(draft, `${name}.gz`), gzip);
    await writeFile(path.join(draft, `${name}.br`), brotli);
    files[name] = { bytes: content.length, gzip: gzip.length, brotli: brotli.length };
  }
  const manifest = { version, loader: "askdocs.js", panel, extras, module: "index.js", files };
  await writeFile(path.join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const [name, { bytes, gzip, brotli }] of Object.entries(files)) {
    console.log(`${name.padEnd(24)} ${String(bytes).padStart(7)} B ${String(gzip).padStart(7)} B gzip ${String(brotli).padStart(7)} B brotli`);
  }
}

await rm(draft, { recursive: true, force: true });
const { panel, extras } = await buildModules();
// Copies, since browsers may remember that a hashed name failed, whoever imports it.
await copyFile(path.join(draft, panel), path.join(draft, "panel.js"));
await copyFile(path.join(draft, extras), path.join(draft, "extras.js"));
await buildLoader(panel);
await buildHeadless();
await buildSolver();
buildTypes();
await writeElements();
await writeManifest(panel, extras);
await rm(dist, { recursive: true, force: true });
await rename(draft, dist);
