/** What readers are told of a failure, and when they may try again. */

import { fill, type Strings } from "./strings/index.js";
import type { Turn } from "./turn.js";

type TurnFailure = NonNullable<Turn["failure"]>;

export function failureText({ code, detail }: TurnFailure, { failures }: Strings): string {
  if (code === "forbidden") {
    // What browsers call the origin of a file, or of a sandboxed frame.
    return origin === "null" ? failures.file : fill(failures.forbidden, origin);
  }
  return detail || failures[code as keyof typeof failures];
}
