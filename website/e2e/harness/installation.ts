/** What others have of us: packages installed into a fresh environment and a fresh site, outside the repository. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ready, type Backend } from "./backend.js";
import { ROOT, start } from "./program.js";

const SITES = path.join(import.meta.dirname, "..", "sites");
const execute = promisify(execFile);

/** A folder with a docs project, and beside it an environment of Python's with Askdocs. */
export class Installation {
  private constructor(
    readonly folder: string,
    private readonly packages: string,
  ) {}

  /** Packs what `make dist` does, and installs the program as `pip install "askdocs[local]"` would. */
  static async make(): Promise<Installation> {
    const folder = await mkdtemp(path.join(tmpdir(), "askdocs-install-"));
    const packages = path.join(folder, "dist");
    await execute(path.join(ROOT, "scripts", "dist.sh"), ["--to", packages, "--packages-only"]);
    const uv = path.join(ROOT, ".venv", "bin", "uv");
    const venv = path.join(folder, "venv");
    await execute(uv, ["venv", "--quiet", "--python", path.join(ROOT, ".venv", "bin", "python"), venv]);
    // The versions that everything else is tested with; pip would take the newest.
    const versions = ["--constraint", path.join(ROOT, "backend", "requirements.txt")];
    const wheels = ["--find-links", packages, "askdocs[local]"];
    const env = { ...process.env, VIRTUAL_ENV: venv };
    await execute(uv, ["pip", "install", "--quiet", ...versions, ...wheels], { env });
    return new Installation(folder, packages);
  }

  get site(): string {
    return path.join(this.folder, "handbook");
  }

  /** The path of the packed file whose name begins so. */
  async packed(name: string): Promise<string> {
    const found = (await readdir(this.packages)).find((file) => file.startsWith(`${name}-`));
    if (found === undefined) {
      throw new Error(`scripts/dist.sh packed no ${name}`);
    }
    return path.join(this.packages, found);
  }

  /** A site of `sites/`, with packages that are linked from those of ours rather than loaded again. */
  async createSite(name: string): Promise<void> {
    await cp(path.join(SITES, name), this.site, { recursive: true });
    await mkdir(path.join(this.site, "node_modules"));
    const from = path.join(ROOT, "website", "node_modules");
    await this.run("cp", ["--recursive", "--link", "--no-dereference", `${from}/.`, "node_modules"]);
    for (const ours of ["docusaurus-plugin-askdocs", "askdocs-widget", ".package-lock.json"]) {
      await rm(path.join(this.site, "node_modules", ours), { recursive: true, force: true });
    }
  }

  async edit(file: string, change: (text: string) => string): Promise<void> {
    const target = path.join(this.site, file);
    await writeFile(target, change(await readFile(target, "utf8")));
  }

  /** Runs a command in the site's folder and returns what it printed. */
  async run(command: string, args: readonly string[]): Promise<string> {
    const { stdout } = await execute(command, [...args], { cwd: this.site, env: this.env });
    return stdout;
  }

  async serve(variables: Record<string, string> = {}): Promise<Backend> {
    const program = await start("askdocs", ["serve", "--port", "0"], {
      bin: path.join(this.folder, "venv", "bin"),
      cwd: this.site,
      env: variables,
      announces: /Askdocs is at (http:\S+)/,
    });
    const url = program.announced[1] ?? "";
    await ready(url, program);
    return { ...program, url };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private get env(): Record<string, string> {
    return {
      PATH: `${path.join(this.folder, "venv", "bin")}:${process.env.PATH ?? ""}`,
      HOME: process.env.HOME ?? "",
      NO_UPDATE_NOTIFIER: "1",
    };
  }
}
