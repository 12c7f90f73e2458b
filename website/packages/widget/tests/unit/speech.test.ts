import { describe, expect, test } from "vitest";
import { speakable, wholeSentences } from "../../src/speech.js";

function said(text: string): string {
  return text.slice(0, wholeSentences(text, 0));
}

describe("whole sentences", () => {
  test("an unfinished sentence waits", () => {
    expect(said("It is so. And then")).toBe("It is so.");
    expect(said("It is so")).toBe("");
  });

  test("a full stop at the very end may be the middle of a number", () => {
    expect(said("Use 3.")).toBe("");
    expect(said("Use 3.11 or later. ")).toBe("Use 3.11 or later.");
  });

  test("code counts when it is closed", () => {
    expect(said("Run:\n```\nmake run. Now.\nmore")).toBe("Run:\n");
    expect(said("Run:\n```\nmake\n```\n")).toBe("Run:\n```\nmake\n```\n");
  });

  test("a fence in the middle of a line opens no code", () => {
    expect(wholeSentences("One. ``` two. Three", 4)).toBe(13);
  });

  test("what was counted is not counted again", () => {
    expect(wholeSentences("One. Two. Three", 4)).toBe(9);
  });
});

test("markup, marks and code are not read out", () => {
  const markdown = "## Title\n\n- **Run** `make` [1][2], see [the page](/x).\n\n```bash\nmake run\n```\n> Quoted";
  expect(speakable(markdown)).toBe("Title Run make , see the page. Quoted");
});
