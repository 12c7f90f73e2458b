import { expect, test } from "vitest";
import { fenced } from "../src/client/fence";

test("code that holds fences is in a longer one", () => {
  expect(fenced("```js\n1\n```\n", "md")).toBe("````md\n```js\n1\n```\n````");
});

test("long code ends after a whole line, and says so", () => {
  const quoted = fenced("kestrel restore --all\n".repeat(300), "bash");
  expect(quoted.length).toBeLessThan(3900);
  expect(quoted).toMatch(/\nkestrel restore --all\n…\n```$/);
  expect(fenced("x".repeat(9000), "").length).toBeLessThan(3900);
});
