/** Programs that a test run starts: waited for by what they print, and stopped by their own process. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
const PYTHON_BIN = path.join(ROOT, ".venv", "bin");

export type Variables = Record<string, string>;

export interface Program {
  /** What the awaited line matched. */
  announced: RegExpMatchArray;
  /** Everything it has printed so far. */
  output: () => string;
  stop: () => Promise<void>;
}

/** Starts a program of a Python environment (ours, if no `bin` is named) and resolves once it has printed what `announces` matches. */
export function start(
  program: "askdocs" | "python",
  args: readonly string[],
  { env, announces, cwd = ROOT, bin }: { env: Variables; announces: RegExp; cwd?: string; bin?: string },
): Promise<Program> {
  const child = launch(program, args, { env, cwd, bin });
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (piece: Buffer): void => {
      output += piece.toString("utf8");
      const announced = announces.exec(output);
      if (announced !== null) {
        resolve({ announced, output: () => output, stop: () => stop(child) });
      }
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`)));
  });
}

/** Runs a program to its end and returns its standard output. */
export function run(program: "askdocs" | "python", args: readonly string[], env: Variables): Promise<string> {
  const child = launch(program, args, { env, cwd: ROOT });
  let printed = "";
  let complaints = "";
  child.stdout?.on("data", (piece: Buffer) => (printed += piece.toString("utf8")));
  child.stderr?.on("data", (piece: Buffer) => (complaints += piece.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve(printed);
      } else {
        reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${complaints}`));
      }
    });
  });
}

function launch(
  program: string,
  args: readonly string[],
  { env, cwd, bin = PYTHON_BIN }: { env: Variables; cwd: string; bin?: string | undefined },
): ChildProcess {
  return spawn(path.join(bin, program), args, {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", PYTHONUNBUFFERED: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(patience);
}
