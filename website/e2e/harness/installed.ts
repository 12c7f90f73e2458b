/** Tests that are given the packed files, installed away from this repository. */

import { test as base } from "./fixtures.js";
import { Installation } from "./installation.js";

export const test = base.extend<object, { installation: Installation }>({
  installation: [
    async ({}, use) => {
      const installation = await Installation.make();
      await use(installation);
      await installation.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});
