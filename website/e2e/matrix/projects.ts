/** Docs as teams have them, one project for each generator, made by its own tools before anything of ours is there. */

import { cp } from "node:fs/promises";
import path from "node:path";
import type { ChatLocale } from "../harness/chat.js";
import type { Installation, Project } from "../harness/installation.js";

const DOCS = path.join(import.meta.dirname, "docs");

/** A question on a page, and what its answer and the first citation have to be. */
export interface Visit {
  /** Below the site's address. */
  page: string;
  question: string;
  says: RegExp;
  cited: RegExp;
  heading: RegExp;
  /** The language that the chat speaks there; English by default. */
  locale?: ChatLocale;
}

export interface Generator {
  name: string;
  /** The page of our docs that is followed. */
  guide: "docusaurus" | "mkdocs" | "vitepress" | "starlight" | "sphinx" | "any-site";
  make: (project: Project, installation: Installation) => Promise<void>;
  /** How its authors look at the pages, and where they are then. */
  preview: readonly string[];
  site: string;
  visits: readonly [Visit, ...Visit[]];
}

/** To the sites that are made of `docs/`. */
function restoring(page: string, cited: RegExp): readonly [Visit] {
  const question = "How do I restore an archive?";
  return [{ page, question, says: /kestrel restore ARCHIVE/, cited, heading: /Restore an archive/ }];
}

async function copyDocs(project: Project): Promise<void> {
  await cp(DOCS, path.join(project.folder, "docs"), { recursive: true });
}

async function classic(project: Project): Promise<void> {
  await project.run("npx", ["--yes", "create-docusaurus@3.10.2", ".", "classic", "--typescript", "--package-manager", "npm"]);
}

/** Two versions beside the current one, two locales, a base path, addresses that end in a slash. */
async function versioned(project: Project): Promise<void> {
  await classic(project);
  await cp(path.join(DOCS, "guides", "backups.md"), path.join(project.folder, "docs", "backups.md"));
  await project.edit("docusaurus.config.ts", (text) =>
    text
      .replace("url: 'https://your-docusaurus-site.example.com'", "url: 'https://docs.kestrel.example'")
      .replace("baseUrl: '/'", "baseUrl: '/handbook/'")
      .replace("locales: ['en']", "locales: ['en', 'fr']")
      .replace("onBrokenLinks: 'throw'", "trailingSlash: true,\n  onBrokenLinks: 'warn'"),
  );
  for (const version of ["1.0", "2.0"]) {
    await project.edit("docs/backups.md", (text) => text.replace(/Archives are kept for \d+ days/, `Archives are kept for ${version === "1.0" ? 7 : 14} days`));
    await project.run("npx", ["docusaurus", "docs:version", version]);
  }
  await project.edit("docs/backups.md", (text) => text.replace("kept for 14 days", "kept for 30 days"));
  await project.write(
    "i18n/fr/docusaurus-plugin-content-docs/version-2.0/backups.md",
    `# Sauvegardes

Kestrel écrit une archive par nuit dans \`/var/backups/kestrel\`.

## Restaurer une archive {/* #restore-an-archive */}

Arrêtez le serveur, puis lancez \`kestrel restore ARCHIVE\`. Les relevés arrivés après la création de l'archive sont perdus.

## Les garder plus longtemps {/* #keep-more-of-them */}

Les archives sont gardées 14 jours. \`KESTREL_KEEP_DAYS\` change ce nombre.
`,
  );
}

async function material(project: Project, installation: Installation): Promise<void> {
  await installation.install(["mkdocs-material"]);
  await copyDocs(project);
  await project.write(
    "mkdocs.yml",
    "site_name: Kestrel\nsite_url: https://docs.kestrel.example/\ntheme:\n  name: material\n  features: [navigation.instant]\n",
  );
}

async function vitepress(project: Project): Promise<void> {
  await copyDocs(project);
  await project.write("package.json", '{ "name": "kestrel-docs", "private": true, "type": "module" }\n');
  await project.write(
    "docs/.vitepress/config.mts",
    `import { defineConfig } from "vitepress";

export default defineConfig({
  title: "Kestrel",
  cleanUrls: true,
  themeConfig: { sidebar: [{ text: "Backups", link: "/guides/backups" }] },
});
`,
  );
  await project.run("npm", ["install", "--save-dev", "--no-audit", "--no-fund", "vitepress@1"]);
}

/** On the last Astro that runs on Node 20. */
async function starlight(project: Project): Promise<void> {
  await cp(DOCS, path.join(project.folder, "src", "content", "docs"), { recursive: true });
  for (const [page, title] of [["index.md", "Kestrel"], ["guides/backups.md", "Backups"]] as const) {
    await project.edit(`src/content/docs/${page}`, (text) => `---\ntitle: ${title}\n---\n${text.replace(/^# .*\n/, "")}`);
  }
  await project.write("package.json", '{ "name": "kestrel-docs", "private": true, "type": "module" }\n');
  await project.write(
    "src/content.config.ts",
    `import { defineCollection } from "astro:content";
import { docsLoader } from "@astrojs/starlight/loaders";
import { docsSchema } from "@astrojs/starlight/schema";

export const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) };
`,
  );
  await project.write(
    "astro.config.mjs",
    `import { defineConfig } from "astro/config";
import starlight from "@astrojs/starlight";

export default defineConfig({
  site: "https://docs.kestrel.example",
  integrations: [starlight({ title: "Kestrel" })],
});
`,
  );
  await project.run("npm", ["install", "--save-dev", "--no-audit", "--no-fund", "astro@5", "@astrojs/starlight@0.37"]);
}

async function sphinx(project: Project, installation: Installation): Promise<void> {
  await installation.install(["sphinx", "furo", "myst-parser"]);
  await copyDocs(project);
  await project.write("docs/conf.py", 'project = "Kestrel"\nextensions = ["myst_parser"]\nhtml_theme = "furo"\n');
  await project.edit("docs/index.md", (text) => `${text}\n\`\`\`{toctree}\n:hidden:\n\nguides/backups\n\`\`\`\n`);
}

/** Pages written by hand. */
async function html(project: Project, installation: Installation): Promise<void> {
  await installation.install(["markdown"]);
  await cp(DOCS, path.join(project.folder, "pages"), { recursive: true });
  await project.write(
    "make.py",
    `import pathlib, re, markdown

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><nav><a href="/">Kestrel</a> <a href="/guides/backups.html">Backups</a></nav><main>{body}</main></body></html>"""
for source in pathlib.Path("pages").rglob("*.md"):
    body = markdown.markdown(source.read_text(), extensions=["tables", "fenced_code", "toc"])
    target = pathlib.Path("public", source.relative_to("pages")).with_suffix(".html")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(PAGE.format(title=re.search("<h1[^>]*>(.*?)</h1>", body)[1], body=body.replace(".md", ".html")))
`,
  );
  await project.run("python", ["make.py"]);
}

export const GENERATORS: readonly Generator[] = [
  {
    name: "Docusaurus, new",
    guide: "docusaurus",
    make: classic,
    preview: ["npm", "start", "--", "--no-open"],
    site: "http://localhost:3000/",
    visits: [
      {
        page: "docs/intro",
        question: "How do I create a React page?",
        says: /src\/pages\/my-react-page\.js/,
        cited: /\/docs\/tutorial-basics\/create-a-page\/?#create-your-first-react-page/,
        heading: /Create your first React Page/,
      },
    ],
  },
  {
    name: "Docusaurus, versions and locales",
    guide: "docusaurus",
    make: versioned,
    preview: ["npm", "run", "serve", "--", "--no-open"],
    site: "http://localhost:3000/handbook/",
    visits: [
      {
        page: "docs/1.0/intro/",
        question: "How long are archives kept?",
        says: /kept for 7 days/,
        cited: /\/handbook\/docs\/1\.0\/backups\/#keep-more-of-them/,
        heading: /Keep more of them/,
      },
      {
        page: "docs/next/intro/",
        question: "How long are archives kept?",
        says: /kept for 30 days/,
        cited: /\/handbook\/docs\/next\/backups\/#keep-more-of-them/,
        heading: /Keep more of them/,
      },
      {
        page: "fr/docs/intro/",
        locale: "fr",
        question: "Combien de temps les archives sont-elles gardées ?",
        says: /gardées 14 jours/,
        cited: /\/handbook\/fr\/docs\/backups\/#keep-more-of-them/,
        heading: /Les garder plus longtemps/,
      },
    ],
  },
  {
    name: "MkDocs Material",
    guide: "mkdocs",
    make: material,
    preview: ["mkdocs", "serve"],
    site: "http://127.0.0.1:8000/",
    visits: restoring("", /\/guides\/backups\/#restore-an-archive/),
  },
  {
    name: "VitePress",
    guide: "vitepress",
    make: vitepress,
    preview: ["npx", "vitepress", "dev", "docs"],
    site: "http://localhost:5173/",
    visits: restoring("", /\/guides\/backups#restore-an-archive/),
  },
  {
    name: "Starlight",
    guide: "starlight",
    make: starlight,
    preview: ["npx", "astro", "dev"],
    site: "http://localhost:4321/",
    visits: restoring("", /\/guides\/backups\/#restore-an-archive/),
  },
  {
    name: "Sphinx",
    guide: "sphinx",
    make: sphinx,
    preview: ["python", "-m", "http.server", "8000", "--directory", "docs/_build/html"],
    site: "http://localhost:8000/",
    visits: restoring("index.html", /\/guides\/backups\.html#restore-an-archive/),
  },
  {
    name: "HTML",
    guide: "any-site",
    make: html,
    preview: ["python", "-m", "http.server", "8080", "--directory", "public"],
    site: "http://localhost:8080/",
    visits: restoring("", /\/guides\/backups\.html#restore-an-archive/),
  },
];
