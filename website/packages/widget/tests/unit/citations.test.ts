import { describe, expect, test } from "vitest";
import { allowUrl, isSamePage, linkTo, textDirective } from "../../src/citations.js";

describe("text fragments", () => {
  test("a short quote is named whole", () => {
    expect(linkTo("/docs/a#b", "Run make setup once.")).toBe("/docs/a#b:~:text=Run%20make%20setup%20once.");
  });

  test("a page without an anchor gets an empty one", () => {
    expect(linkTo("/docs/a", "Run it.")).toBe("/docs/a#:~:text=Run%20it.");
  });

  test("dashes, commas and ampersands of the quote are encoded", () => {
    expect(textDirective("re-run a, b & c")).toBe("text=re%2Drun%20a%2C%20b%20%26%20c");
  });

  test("a long quote is named by its ends", () => {
    const quote = "A variable whose name ends in _FILE names a file, from which the secret is read when the server starts.";
    expect(textDirective(quote)).toBe("text=A%20variable%20whose%20name%20ends,read%20when%20the%20server%20starts.");
  });

  test("a quote over several lines is named by its ends", () => {
    expect(textDirective("one two three four five six\nseven eight nine ten")).toBe(
      "text=one%20two%20three%20four%20five,six%20seven%20eight%20nine%20ten",
    );
  });

  test("without a quote the address stays as it is", () => {
    expect(linkTo("/docs/a#b", "  ")).toBe("/docs/a#b");
  });

  test("a directive that the server made is kept", () => {
    expect(linkTo("/docs/a#b:~:text=x", "y")).toBe("/docs/a#b:~:text=x");
  });
});

describe("addresses", () => {
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
