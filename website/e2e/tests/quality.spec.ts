/** Readers of this project's docs find what they ask for, as far as the questions' own thresholds say. */

import path from "node:path";
import { copyIndexed, environment } from "../harness/backend.js";
import { expect, test } from "../harness/fixtures.js";
import { ROOT, run } from "../harness/program.js";

test("right sections are found, and questions without an answer told apart", async () => {
  test.setTimeout(300_000); // A hundred questions: 20 s, and a minute and more beside the backend's tests.
  const home = await copyIndexed("quality");
  const questions = path.join(ROOT, "website", "eval", "questions.yaml");
  // It fails, naming the figures, if one is below its threshold.
  const printed = await run("askdocs", ["eval", questions, "--site", "docs", "--docs-version", "current"], environment(home));
  expect(printed).toMatch(/\d+ of \d+ questions end well/);
});
