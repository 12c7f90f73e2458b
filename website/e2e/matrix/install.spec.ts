/**
 * Sites of every generator get the chat by what its page of our docs says, from the packed files alone; a question is
 * asked on them, and its citation followed. Prints what that took.
 */

import path from "node:path";
import type { Page } from "@playwright/test";
import { Chat } from "../harness/chat.js";
import { expect } from "../harness/fixtures.js";
import type { Installation, Project } from "../harness/installation.js";
import { test } from "../harness/installed.js";
import { readGuide } from "./guides.js";
import { GENERATORS, type Generator, type Visit } from "./projects.js";

interface Row {
  name: string;
  commands: number;
  /** What those took, and what passed from the first of them to the first answer. */
  seconds: number;
  answered: number;
}

const PICTURES = process.env.PICTURES;
const rows: Row[] = [];

test.afterAll(() => {
  console.log(`\n${"".padEnd(34)} commands  seconds  to the first answer`);
  for (const { name, commands, seconds, answered } of rows) {
    const figures = [String(commands).padStart(8), seconds.toFixed(1).padStart(8), answered.toFixed(1).padStart(8)];
    console.log(`${name.padEnd(34)} ${figures.join(" ")}`);
  }
});

for (const [index, generator] of GENERATORS.entries()) {
  const { name, visits } = generator;

  test(`${name}: the chat answers and its citations open the right places`, async ({ context, installation }) => {
    const site = await installation.createProject(`site-${index}`);
    await generator.make(site, installation);
    site.commands.length = 0;

    const began = performance.now();
    const sinceThen = (): number => (performance.now() - began) / 1000;
    await follow(generator, site, installation);
    const seconds = sinceThen();
    const backend = await site.serve();
    let stop = (): void => undefined;
    try {
      stop = await site.preview(generator.preview, generator.site);
      for (const [number, visit] of visits.entries()) {
        const page = await context.newPage();
        const chat = new Chat(page, visit.locale);
        await ask(chat, generator.site, visit);
        if (number === 0) {
          rows.push({ name, commands: site.commands.length + 2, seconds, answered: sinceThen() });
        }
        await picture(page, `${name} ${number} answer`);
        await followCitation(chat, visit);
        await picture(page, `${name} ${number} citation`);
      }
    } finally {
      stop();
      await backend.stop();
    }
  });
}

async function ask(chat: Chat, site: string, { page, question, says }: Visit): Promise<void> {
  await chat.page.goto(site + page);
  await chat.open();
  await chat.askAndWait(question);
  await expect(chat.answer).toContainText(says);
}

/** The page, the heading and the sentence are there, and the conversation still is. */
async function followCitation({ answer, marks, page }: Chat, { cited, heading, says }: Visit): Promise<void> {
  await marks.first().click();
  await page.waitForURL(cited);
  await expect(page.getByRole("heading", { name: heading })).toBeInViewport();
  await expect(page.getByText(says).first()).toBeInViewport();
  await expect(answer).toContainText(says);
}

async function picture(page: Page, title: string): Promise<void> {
  if (PICTURES !== undefined) {
    await page.screenshot({ path: path.join(PICTURES, `${title}.png`) });
  }
}

/** Runs what the guide says, in its order; a package that no registry has yet is installed from its file. */
async function follow(generator: Generator, site: Project, installation: Installation): Promise<void> {
  const guide = await readGuide(generator.guide);
  expect(guide.names(generator.preview.join(" ").replace(" -- --no-open", "")), "the guide says how to look").toBe(true);
  for (const command of guide.commands) {
    const [program = "", ...args] = command.split(" ");
    const packed = args.at(-1) === "docusaurus-plugin-askdocs" ? await installation.packed("docusaurus-plugin-askdocs") : undefined;
    const printed = await site.run(program, packed === undefined ? args : [...args.slice(0, -1), packed]);
    const snippet = /<script\b[\s\S]*?<\/script>/.exec(printed)?.[0];
    if (generator.guide === "any-site" && snippet !== undefined) {
      await paste(site, snippet);
    }
  }
}

/** Puts the printed lines into every page, as their author would into a template. */
async function paste(site: Project, snippet: string): Promise<void> {
  await site.edit("make.py", (text) => text.replace("</main></body>", `</main>${snippet}</body>`));
  await site.run("python", ["make.py"]);
}
