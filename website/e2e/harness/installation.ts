/** What others have of us: packages installed into a fresh environment and a fresh site, outside the repository. */

import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ready, type Backend } from "./backend.js";
import { ROOT, start, type Variables } from "./program.js";

const SITES = path.join(import.meta.dirname, "..", "sites");
const UV = path.join(ROOT, ".venv", "bin", "uv");
const execute = promisify(execFile);

/** An environment of Python's with Askdocs, and the packed files beside it. */
export class Installation {
  private constructor(
    readonly folder: string,
    private readonly packages: string,
  ) {}

  /** Packs what `make dist` does, and installs the program as `pip install "askdocs[local]"` would. */
  static async make(): Promise<Installation> {
    const folder = await mkdtemp(path.join(tmpdir(), "askdocs-install-"));
    const installation = new Installation(folder, path.join(folder, "dist"));
    await execute(path.join(ROOT, "scripts", "dist.sh"), ["--to", installation.packages, "--packages-only"]);
    const python = path.join(ROOT, ".venv", "bin", "python");
    await execute(UV, ["venv", "--quiet", "--python", python, path.join(folder, "venv")]);
    // The versions that everything else is tested with; pip would take the newest.
    const versions = ["--constraint", path.join(ROOT, "backend", "requirements.txt")];
    await installation.install([...versions, "--find-links", installation.packages, "askdocs[local]"]);
    return installation;
  }

  get bin(): string {
    return path.join(this.folder, "venv", "bin");
  }

  /** Installs further packages of Python's, such as a generator of sites. */
  async install(wanted: readonly string[]): Promise<void> {
    const env = { ...process.env, VIRTUAL_ENV: path.dirname(this.bin) };
    await execute(UV, ["pip", "install", "--quiet", ...wanted], { env });
  }

  /** The path of the packed file whose name begins so. */
  async packed(name: string): Promise<string> {
    const found = (await readdir(this.packages)).find((file) => file.startsWith(`${name}-`));
    if (found === undefined) {
      throw new Error(`scripts/dist.sh packed no ${name}`);
    }
    return path.join(this.packages, found);
  }

  /** An empty project, or a copy of one in `sites/`. */
  async createProject(name: string, copied?: string): Promise<Project> {
    const folder = path.join(this.folder, name);
    await (copied === undefined ? mkdir(folder) : cp(path.join(SITES, copied), folder, { recursive: true }));
    return new Project(folder, this.bin);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Somebody's docs. */
export class Project {
  /** The commands that were run, with the seconds that each took. */
  readonly commands: { command: string; seconds: number }[] = [];

  constructor(
    readonly folder: string,
    private readonly bin: string,
  ) {}

  /** Links the packages of our own site, rather than to load them again; none of ours is among them. */
  async linkPackages(): Promise<void> {
    await mkdir(path.join(this.folder, "node_modules"));
    const from = path.join(ROOT, "website", "node_modules");
    await execute("cp", ["--recursive", "--link", "--no-dereference", `${from}/.`, "node_modules"], { cwd: this.folder });
    for (const ours of ["docusaurus-plugin-askdocs", "askdocs-widget", ".package-lock.json"]) {
      await rm(path.join(this.folder, "node_modules", ours), { recursive: true, force: true });
    }
  }

  async read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), "utf8");
  }

  async write(file: string, text: string): Promise<void> {
    const target = path.join(this.folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  async edit(file: string, change: (text: string) => string): Promise<void> {
    await this.write(file, change(await this.read(file)));
  }

  /** Runs a command in the project's folder and returns what it printed. */
  async run(command: string, args: readonly string[], variables: Variables = {}): Promise<string> {
    const began = performance.now();
    const { stdout } = await execute(command, [...args], {
      cwd: this.folder,
      env: this.environment(variables),
      maxBuffer: 64 * 1024 * 1024,
    });
    this.commands.push({ command: [command, ...args].join(" "), seconds: (performance.now() - began) / 1000 });
    return stdout;
  }

  /** Starts Askdocs as `askdocs serve` would; on a free port with `PORT: "0"`. */
  async serve(variables: Variables = {}): Promise<Backend> {
    const program = await start("askdocs", ["serve"], {
      bin: this.bin,
      cwd: this.folder,
      env: variables,
      announces: /Askdocs is at (http:\S+)/,
    });
    const url = program.announced[1] ?? "";
    await ready(url, program);
    return { ...program, url };
  }

  /** Starts the generator's own server and resolves once `url` answers; returns what stops it. */
  async preview([command = "", ...args]: readonly string[], url: string): Promise<() => void> {
    // A group of its own, since npm starts others and does not stop them.
    const child = spawn(command, args, { cwd: this.folder, env: this.environment(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const read = (piece: Buffer): void => void (output += piece.toString("utf8"));
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", (error) => (output += error.message));
    const stop = (): void => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid);
      }
    };
    const until = Date.now() + 60_000;
    while (!(await fetch(url).catch(() => undefined))?.ok) {
      if (child.pid === undefined || child.exitCode !== null || Date.now() > until) {
        stop();
        throw new Error(`${command} ${args.join(" ")} does not serve ${url}:\n${output}`);
      }
      await new Promise((resume) => setTimeout(resume, 200));
    }
    return stop;
  }

  private environment(variables: Variables = {}): Variables {
    return {
      PATH: `${this.bin}:${process.env.PATH ?? ""}`,
      HOME: process.env.HOME ?? "",
      NO_UPDATE_NOTIFIER: "1",
      ...variables,
    };
  }
}
