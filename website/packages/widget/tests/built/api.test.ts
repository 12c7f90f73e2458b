/** What others build on: all of it in the manifest, as the code has it, in the README, and in one file that shows each change. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { dist } from "./site.js";

const root = path.join(dist, "..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

interface Named {
  name: string;
  description?: string;
  type?: { text: string };
}

interface Member extends Named {
  kind: "field" | "method";
  static?: boolean;
  parameters?: Named[];
  return?: { type: { text: string } };
}

interface Element {
  attributes: Named[];
  members: Member[];
  events: Named[];
  cssProperties: Named[];
  cssParts: Named[];
}

const manifest = JSON.parse(read("dist/custom-elements.json")) as { modules: { declarations: Element[] }[] };
const element = manifest.modules[0]!.declarations[0]!;
const names = (list: readonly Named[]): string[] => list.map(({ name }) => name).sort();

const files = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder)).filter((file) => file.endsWith(ending)).map((file) => read(`${folder}/${file}`));
const code = files("src", ".ts").join("\n");
const styles = files("src/styles", ".css").join("\n");

/** What the patterns find in a text, each once. */
function found(text: string, ...patterns: RegExp[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), ([, name]) => name!)))].sort();
}

test("the manifest names every attribute that is read", () => {
  const asked = found(code, /(?:get|has)Attribute\("([a-z-]+)"\)/g, /named\("([a-z-]+)"\)/g);
  const settings = found(read("src/settings.ts"), /\bget\("([a-z-]+)"\)/g);
  const looks = found(styles, /\[([a-z-]+)="\w+"\](?=[^{]*> button)/g);
  const [, exits = ""] = /\(\[([^\]]+)\] as const\)[^]{0,80}`\$\{name\}-url`/.exec(read("src/further.ts")) ?? [];
  const urls = found(exits, /"(\w+)"/g).map((name) => `${name}-url`);
  expect(urls).toHaveLength(2);
  expect(names(element.attributes)).toEqual([...new Set([...asked, ...settings, ...looks, ...urls])].sort());
});

test("the manifest names every event, method, part and custom property", async () => {
  expect(names(element.events)).toEqual(found(code, /"(askdocs:[a-z]+)"/g));
  expect(names(element.cssProperties)).toEqual(found(styles, /var\((--askdocs-[a-z-]+)/g));
  const parts = found(
    code,
    /\bpart: ["`]([a-z-]+)[ "`]/g,
    /\.part = "([a-z-]+)"/g,
    /\.part\.add\("([a-z-]+)"\)/g,
    /iconButton\(\s*[^,()]+,\s*[^,]+,\s*"([a-z-]+)"/g,
  );
  expect(names(element.cssParts)).toEqual([...parts, "search", "support"].sort()); // of the part "exit"
  const { AskdocsChat } = (await import(path.join(dist, "index.js"))) as { AskdocsChat: { prototype: object } };
  const methods = Object.getOwnPropertyNames(AskdocsChat.prototype).filter((name) => !/^constructor$|Callback$/.test(name));
  expect(names(element.members)).toEqual([...methods, "define", "strings"].sort());
});

test("the README tells of all that the manifest names, which says what each is", () => {
  const sections = new Map(read("README.md").split(/^## /m).map((section) => [section.split("\n")[0], section]));
  const told: [string, Named[]][] = [
    ["Attributes", element.attributes],
    ["Methods", element.members],
    ["Events", element.events],
    ["Looks", [...element.cssProperties, ...element.cssParts]],
  ];
  for (const [title, list] of told) {
    expect(names(list.filter(({ description }) => !description)), title).toEqual([]);
    expect(names(list).filter((name) => !new RegExp(`\`(?:AskdocsChat\\.)?${name}[\`(]`).test(sections.get(title) ?? "")), title).toEqual([]);
  }
});

/** The declarations behind what an entry exports, as hosts' compilers see them. */
function declarations(entry: string): string[] {
  const file = path.join(dist, "types", entry);
  const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  return exported.map((symbol) => {
    const origin = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const printed = ts.createPrinter({ removeComments: true });
    return origin.declarations!.map((each) => printed.printNode(ts.EmitHint.Unspecified, each, each.getSourceFile())).join("\n").replace(/^ +(?:#private|private .*);\n/gm, "");
  });
}

test("what others build on is as the file beside this shows: look at each change of it, and write it anew with vitest -u", async () => {
  const list = (title: string, lines: string[]): string => [`# ${title}`, "", ...lines, ""].join("\n");
  const typed = ({ name, type }: Named): string => (type ? `${name}: ${type.text}` : name);
  const { exports } = JSON.parse(read("package.json")) as { exports: object };
  await expect(
    [
      list("Exports", Object.keys(exports)),
      list("Attributes", element.attributes.map(typed).sort()),
      list("Methods and properties", element.members.map((member) => {
        const parameters = member.parameters?.map(typed).join(", ") ?? "";
        return `${member.static ? "static " : ""}${member.name}${member.kind === "method" ? `(${parameters}): ${member.return?.type.text}` : ""}`;
      }).sort()),
      list("Events", element.events.map(typed).sort()),
      list("Parts", names(element.cssParts)),
      list("Custom properties", names(element.cssProperties)),
      list("Types of askdocs-widget", declarations("index.d.ts")),
      list("Types of askdocs-widget/headless", declarations("headless.d.ts")),
    ].join("\n"),
  ).toMatchFileSnapshot("api.txt");
});
