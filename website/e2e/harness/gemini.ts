/** The fake Gemini, told over HTTP what to reply next. */

import path from "node:path";
import { ROOT, start, type Program } from "./program.js";

export const API_KEY = "fake-gemini-key";

/** A reply of the fake; backend/tests/fakes/gemini_json.py says what each field does. */
export interface Reply {
  times?: number | null;
  status?: number;
  text?: string;
  finish?: "STOP" | "MAX_TOKENS" | "SAFETY";
  /** Seconds before the first event. */
  first?: number;
  /** Seconds between events. */
  pause?: number;
  then?: "end" | "cut" | "error" | "hang";
  after?: number;
}

export interface Received {
  operation: string;
  model: string;
  body: { contents?: { role: string; parts: { text: string }[] }[] };
  status: number;
  outcome: "open" | "complete" | "cut" | "disconnected";
}

export interface Gemini extends Program {
  url: string;
  /** Replies to give, in turn, before it answers on its own again. */
  script: (...replies: Reply[]) => Promise<void>;
  /** Requests for answers, oldest first. */
  asked: () => Promise<Received[]>;
}

export async function startGemini(): Promise<Gemini> {
  const program = await start("python", ["-m", "tests.fakes.gemini", "--port", "0"], {
    env: {},
    announces: /http:\S+/,
    cwd: path.join(ROOT, "backend"),
  });
  const url = program.announced[0];
  return {
    ...program,
    url,
    script: async (...replies) => {
      await fetch(`${url}/_script`, { method: "DELETE" });
      const response = await fetch(`${url}/_script`, { method: "POST", body: JSON.stringify(replies) });
      if (!response.ok) {
        throw new Error(`the fake refused its script: ${await response.text()}`);
      }
    },
    asked: async () => {
      const requests = (await (await fetch(`${url}/_requests`)).json()) as Received[];
      return requests.filter(({ operation }) => /generateContent$/i.test(operation));
    },
  };
}
