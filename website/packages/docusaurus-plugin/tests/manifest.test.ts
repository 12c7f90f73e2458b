import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ContentPage, SiteContent } from "../src/content";
import {
  buildManifest,
  builtDescription,
  builtFile,
  builtTitle,
  contentLanguage,
  readerUrl,
  type Build,
} from "../src/manifest";

const build: Build = {
  site: { title: "Docs", url: "https://docs.example.com", baseUrl: "/" },
  titleDelimiter: "|",
  trailingSlash: undefined,
  locale: "en",
  defaultLocale: "en",
  locales: ["en", "de"],
  translations: "@site/i18n/en/",
};

const german: Build = {
  ...build,
  site: { ...build.site, baseUrl: "/de/" },
  locale: "de",
  translations: "@site/i18n/de/",
};

function page(changes: Partial<ContentPage> = {}): ContentPage {
  return {
    permalink: "/docs/intro",
    docId: "intro",
    version: "1.0.0",
    isLast: true,
    title: "Intro",
    description: "",
    sidebar: ["Guides", "Intro"],
    source: "@site/docs/intro.md",
    editUrl: null,
    unlisted: false,
    tags: [],
    frontMatter: {},
    ...changes,
  };
}

function site(...pages: ContentPage[]): SiteContent {
  return { versions: [], pages };
}

function files(content: Record<string, string>): (file: string) => Promise<Buffer | null> {
  return (file) => Promise.resolve(content[file] === undefined ? null : Buffer.from(content[file]));
}

describe("the address and the file of a page follow trailingSlash", () => {
  test.each([
    [undefined, "/docs/intro", "/docs/intro", "docs/intro/index.html"],
    [undefined, "/docs/intro/", "/docs/intro/", "docs/intro/index.html"],
    [true, "/docs/intro", "/docs/intro/", "docs/intro/index.html"],
    [false, "/docs/intro", "/docs/intro", "docs/intro.html"],
    [false, "/docs/intro/", "/docs/intro", "docs/intro.html"],
    [false, "/", "/", "index.html"],
    [undefined, "/", "/", "index.html"],
    [true, "/docs/page.html", "/docs/page.html/", "docs/page.html/index.html"],
    [undefined, "/docs/page.html", "/docs/page.html", "docs/page.html"],
  ])("%s: %s", (trailingSlash, permalink, url, file) => {
    const settings = { ...build, trailingSlash };
    expect(readerUrl(permalink, settings)).toBe(url);
    expect(builtFile(url, settings)).toBe(file);
  });

  test("the base URL is in the address and not in the file", () => {
    expect(readerUrl("/de/", { ...german, trailingSlash: false })).toBe("/de/");
    expect(builtFile("/de/", { ...german, trailingSlash: false })).toBe("index.html");
    expect(builtFile("/de/docs/intro", german)).toBe("docs/intro/index.html");
  });

  test("percent-encoded letters are themselves in the file's name", () => {
    expect(builtFile("/docs/%C3%BCber", build)).toBe("docs/über/index.html");
    expect(builtFile("/docs/100%", build)).toBe("docs/100%/index.html");
  });
});

describe("the language a page is really in", () => {
  test("an untranslated page is in the default locale's", () => {
    expect(contentLanguage("@site/docs/intro.md", german)).toBe("en");
  });

  test("a translated page is in its locale's", () => {
    expect(contentLanguage("@site/i18n/de/docusaurus-plugin-content-docs/current/intro.md", german)).toBe("de");
  });

  test("a React page translates its strings in place", () => {
    expect(contentLanguage("@site/src/pages/index.tsx", german)).toBe("de");
  });
});

describe("the manifest", () => {
  test("holds a page with the hash of its file", async () => {
    const { manifest } = await buildManifest(build, site(page()), files({ "docs/intro/index.html": "<p>hello" }));
    expect(manifest.pages).toEqual([
      {
        file: "docs/intro/index.html",
        url: "/docs/intro",
        docId: "intro",
        version: "1.0.0",
        isLast: true,
        locale: "en",
        contentLanguage: "en",
        title: "Intro",
        description: "",
        sidebar: ["Guides", "Intro"],
        source: "@site/docs/intro.md",
        editUrl: null,
        unlisted: false,
        tags: [],
        sha256: createHash("sha256").update("<p>hello").digest("hex"),
      },
    ]);
  });

  test("leaves out a page without a file and names it", async () => {
    const { manifest, missing } = await buildManifest(build, site(page()), files({}));
    expect(manifest.pages).toEqual([]);
    expect(missing).toEqual(["docs/intro/index.html"]);
  });

  test("keeps one page for each file, in the files' order", async () => {
    const pages = [page({ permalink: "/b" }), page({ permalink: "/a" }), page({ permalink: "/b", title: "Later" })];
    const { manifest } = await buildManifest(build, site(...pages), () => Promise.resolve(Buffer.from("")));
    expect(manifest.pages.map(({ file, title }) => [file, title])).toEqual([
      ["a/index.html", "Intro"],
      ["b/index.html", "Later"],
    ]);
  });

  test("takes a React page's title and description from what it renders", async () => {
    const html = `<title data-rh=true>Q&amp;A | Docs</title><meta data-rh=true name=description content="Ask &quot;us&quot;.">`;
    const landing = page({ permalink: "/", title: null, docId: null });
    const { manifest } = await buildManifest(build, site(landing), files({ "index.html": html }));
    expect(manifest.pages[0]).toMatchObject({ title: "Q&A", description: 'Ask "us".', url: "/" });
  });
});

test("a title without the site's name stays as it is", () => {
  expect(builtTitle("<title>Docs</title>", "Docs", "|")).toBe("Docs");
  expect(builtTitle("<p>no title", "Docs", "|")).toBe("");
});

test("a page without a description has none", () => {
  expect(builtDescription("<meta name=viewport content=width=device-width>")).toBe("");
});
