/** Keeps a button from asking before the server would like it. */

import { fill, type Strings } from "./strings/index.js";

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
