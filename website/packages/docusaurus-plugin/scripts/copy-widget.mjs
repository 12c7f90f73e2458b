/** Puts what browsers load of the widget into this package, which then installs alone. */

import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const packages = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const dist = path.join(packages, "widget", "dist");
const target = path.join(packages, "docusaurus-plugin", "widget");

await rm(target, { recursive: true, force: true });
await cp(dist, target, { recursive: true, filter: (source) => source !== path.join(dist, "types") });
