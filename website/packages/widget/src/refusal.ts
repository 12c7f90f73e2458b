/** What readers are told of a failure, and when they may try again. */

import type { FailureCode } from "./contract.js";
import { fill, type Strings } from "./strings/index.js";
import type { Turn } from "./turn.js";

type TurnFailure = NonNullable<Turn["failure"]>;

/** In the panel's own words, "" where only the extras have some: those of a broken connection, without which they cannot come. */
export function failureText({ code, detail }: TurnFailure, { failures }: Strings): string {
  const words: Partial<Record<FailureCode, string>> = failures;
  return detail || (words[code] ?? "");
}

/** The same with the words of the extras. */
export function explain(failure: TurnFailure, strings: Strings): string {
  const { failures } = strings;
  if (failure.code === "forbidden") {
    // What browsers call the origin of a file, or of a sandboxed frame.
    return origin === "null" ? failures.file : fill(failures.forbidden, origin);
  }
  return failure.code === "disabled" ? failures.disabled : failureText(failure, strings);
}
