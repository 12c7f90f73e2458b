import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { solveInSlices, tryFrom } from "../../src/solver.js";

function puzzle(salt: string, number: number, maxnumber = 2_000) {
  return { salt, maxnumber, challenge: createHash("sha256").update(`${salt}${number}`).digest("hex") };
}

test.each([0, 1, 9, 10, 99, 100, 1_234, 2_000])("the number %i is found", async (number) => {
  await expect(solveInSlices(puzzle("c0ffee0123456789abcdef01?expires=1764312345&", number))).resolves.toBe(number);
});

test.each([0, 1, 50, 51, 52, 53, 54, 55, 56, 60, 63, 64, 119, 120, 200])("a salt of %i characters is hashed as it should be", (length) => {
  for (const number of [7, 42, 1_000, 123_456]) {
    expect(tryFrom(puzzle("s".repeat(length), number), number - 3, 10)).toBe(number);
  }
});

test("salts that follow each other are not mixed up", () => {
  for (const salt of ["aaaa", "bbbb", "aaab"]) {
    expect(tryFrom(puzzle(salt, 5), 0, 10)).toBe(5);
  }
});

test("what has no solution ends", async () => {
  await expect(solveInSlices({ salt: "s", challenge: "0".repeat(64), maxnumber: 500 })).resolves.toBe(-1);
});
