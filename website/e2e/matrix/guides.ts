/** The shell commands of a page of our docs, in the order in which readers meet them. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../harness/program.js";

const PAGES = path.join(ROOT, "website", "docs", "start");
const BLOCK = /^```bash([^\n]*)\n([\s\S]*?)^```$/gm;

export interface Guide {
  /** One entry a line of the page's shell blocks, but for those that start the server. */
  commands: string[];
  /** Whether the page names this command, be it in a sentence. */
  names: (command: string) => boolean;
}

export async function readGuide(name: string): Promise<Guide> {
  const text = await readFile(path.join(PAGES, `${name}.md`), "utf8");
  const blocks = Array.from(text.matchAll(BLOCK), ([, info = "", code = ""]) => ({ info, code }));
  const commands = blocks.filter(({ info }) => !info.includes("serves=")).flatMap(({ code }) => code.trim().split("\n"));
  return { commands, names: (command) => text.includes(command) };
}
