/** What readers are told of a failure, and when they may try again. */

import { fill, type Strings } from "./strings/index.js";
import type { Turn } from "./turn.js";

type TurnFailure = NonNullable<Turn["failure"]>;

export function failureText({ code, detail }: TurnFailure, { failures }: Strings): string {
  if (code === "forbidden") {
    // What browsers call the origin of a file, or of a sandboxed frame.
    return origin === "null" ? failures.file : fill(failures.forbidden, origin);
  }
  return detail || failures[code];
}

/** Counts down on the button until the server would like to be asked again; the button does nothing before. */
export function holdBack(button: HTMLButtonElement, retryAt: number | undefined, { retry, retryIn }: Strings): void {
  const left = (): number => Math.ceil(((retryAt ?? 0) - Date.now()) / 1000);
  function tick(): void {
    const seconds = left();
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? fill(retryIn, seconds) : retry;
  }
  tick();
  const timer = setInterval(() => (button.disabled && button.isConnected ? tick() : clearInterval(timer)), 1_000);
}
