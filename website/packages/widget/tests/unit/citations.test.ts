import { describe, expect, test } from "vitest";
import { allowUrl, anchorOf, isSamePage, linkTo } from "../../src/citations.js";

describe("text fragments", () => {
  test("follow the anchor", () => {
    expect(linkTo("/docs/a#b", "text=Run%20it.")).toBe("/docs/a#b:~:text=Run%20it.");
  });

  test("a page without an anchor gets an empty one", () => {
    expect(linkTo("/docs/a", "text=Run%20it.")).toBe("/docs/a#:~:text=Run%20it.");
  });

  test("where the server names none, the address stays as it is", () => {
    expect(linkTo("/docs/a#b", "")).toBe("/docs/a#b");
  });
});

describe("addresses", () => {
  test("lead to an id, however it is encoded", () => {
    const here = "https://docs.example/a";
    expect(anchorOf("/b#%C3%BCber:~:text=Run", here)).toBe("über");
    expect(anchorOf("/b#%E0%A4%A", here)).toBe("%E0%A4%A");
    expect(anchorOf("/b", here)).toBe("");
  });

  test("only web pages and mail may be linked", () => {
    const base = "https://docs.example/a";
    expect(allowUrl("/b#c", base)).toBe("https://docs.example/b#c");
    expect(allowUrl("mailto:a@b.c", base)).toBe("mailto:a@b.c");
    for (const href of ["javascript:alert(1)", "JaVa\tscript:x", "\u0001javascript:x", "data:text/html,x", "vbscript:x", "blob:x", "file:///etc", "http://[", "//["]) {
      expect(allowUrl(href, base), href).toBeUndefined();
    }
  });

  test("nothing but a host stands where one is named", () => {
    const base = "https://docs.example/a";
    for (const href of [
      "https://docs.example&sol;@evil.example/", "https://docs.example@evil.example/", "https://docs.example\\@evil.example/",
      "https://docs.example。evil.example/", "https://docs%2eexample/", "https:evil.example", "https:/evil.example",
      "//evil.example", "/\\evil.example", "\\\\evil.example", "/&sol;evil.example", "&sol;/evil.example", "\ufeff//evil.example", " //evil.example", "/\t/evil.example",
    ]) {
      expect(allowUrl(href, base), href).toBeUndefined();
    }
    for (const href of ["", "#b", "?c", "b/c", "../b:c", "/", "/b?c=//d&e", "https://bücher.example", "http://localhost:3000/x", "http://[::1]:80/", "https://a.b?c", "HTTPS://A.B#c"]) {
      expect(allowUrl(href, base), href).toBeDefined();
    }
  });

  test("fragments, index.html and a last slash make no other page", () => {
    const here = "https://docs.example/docs/a/?v=1#x";
    expect(isSamePage("/docs/a?v=1#y", here)).toBe(true);
    expect(isSamePage("/docs/a/index.html?v=1", here)).toBe(true);
    expect(isSamePage("/docs/a?v=2", here)).toBe(false);
    expect(isSamePage("https://other.example/docs/a?v=1", here)).toBe(false);
  });
});
