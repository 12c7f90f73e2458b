/** Puts what browsers load of the widget into this package, which then installs alone, and the words that options may change. */

import { cp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const packages = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const dist = path.join(packages, "widget", "dist");
const target = path.join(packages, "docusaurus-plugin", "widget");

await rm(target, { recursive: true, force: true });
await cp(dist, target, { recursive: true, filter: (source) => source !== path.join(dist, "types") });

/** @param {string} file */
async function words(file) {
  const source = await readFile(path.join(packages, "widget", "src", "strings", file), "utf8");
  const script = ts.transpile(source, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 });
  return Object.values(await import(`data:text/javascript,${encodeURIComponent(script)}`))[0];
}

const english = { ...(await words("en.ts")), ...(await words("en_extras.ts")) };
await writeFile(path.join(packages, "docusaurus-plugin", "lib", "words.json"), JSON.stringify(english));
