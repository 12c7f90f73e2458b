/** What can go wrong between the reader and an answer. */

import type { FailureCode } from "./contract.js";

export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    /** What the server says of it; "" when nothing did or readers would not understand. */
    detail = "",
    /** Seconds after which the server would like to be asked again. */
    readonly retryAfter?: number,
  ) {
    super(detail);
  }
}

const CODES: Record<number, FailureCode> = {
  401: "user",
  403: "forbidden",
  404: "missing",
  409: "missing",
  410: "disabled",
  429: "limited",
  504: "timeout",
};

/** The failure that a refusal means: a status and a body that may be an RFC 9457 problem. */
export function fromResponse(status: number, body: string, retryAfter: string | null): Failure {
  const code = CODES[status] ?? (status >= 400 && status < 500 ? "refused" : "server");
  return new Failure(code, /user|disabled|refused/.test(code) ? readDetail(body) : "", readRetryAfter(retryAfter));
}

/** Seconds, or a date. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) {
    return undefined;
  }
  const seconds = Number(value);
  const wait = Number.isNaN(seconds) ? (Date.parse(value) - Date.now()) / 1000 : seconds;
  return Number.isNaN(wait) ? undefined : Math.max(0, Math.ceil(wait));
}

function readDetail(body: string): string {
  try {
    const problem = JSON.parse(body) as { detail?: unknown; title?: unknown } | null;
    const detail = problem?.detail ?? problem?.title;
    return typeof detail === "string" ? detail : "";
  } catch {
    return ""; // A proxy's HTML page says nothing to readers.
  }
}
