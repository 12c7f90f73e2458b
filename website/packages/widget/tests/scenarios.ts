/** What the test backend answers, by the first word of the question. */

/** A part, raw text for the stream, milliseconds to wait, or (null) the end of the connection. */
export type Step = object | string | number | null;
export type Script =
  | { steps: Step[] }
  | { status: number; headers?: Record<string, string>; problem: Record<string, unknown> };

const SOURCES = [
  { url: "/docs/start/quick-start#install", title: "Quick start > Install" },
  { url: "/docs/operate/configuration#environment-variables", title: "Configuration > Environment variables > Secrets" },
  { url: "/docs/operate/databases", title: "Databases" },
  { url: "/docs/operate/configuration#environment-variables", title: "Configuration > Environment variables > Secrets" },
  { url: "/docs/use/widget-attributes-that-have-a-long-title-in-the-list", title: "Widget attributes that have a long title" },
];

const CITATIONS = [
  {
    index: 1,
    url: "/docs/start/quick-start#install",
    title: "Quick start",
    heading: "Install",
    quote: "Run make setup once; it leaves askdocs in .venv/bin.",
    occurrence: 0,
    fragment: "text=Run%20make%20setup%20once%3B,-it%20leaves",
  },
  {
    index: 1,
    url: "/docs/start/quick-start#install",
    title: "Quick start",
    heading: "Install",
    quote: "You need Python and Node.",
    occurrence: 1,
    fragment: "text=You%20need%20Python%20and%20Node.",
  },
  {
    index: 2,
    url: "/docs/operate/configuration#environment-variables",
    title: "Configuration",
    heading: "Environment variables > Secrets",
    quote: "A variable that ends in _FILE names a file to read the secret from.",
    occurrence: 2,
    fragment: "text=A%20variable%20that%20ends,to%20read%20the%20secret%20from.",
  },
  {
    index: 2,
    url: "/docs/operate/configuration#environment-variables",
    title: "Configuration",
    heading: "Environment variables > Secrets",
    quote: "The server reads the secret from that file.",
    occurrence: 3,
    fragment: "text=The%20server%20reads%20the%20secret",
  },
];

export const ANSWER = `Run \`make setup\` once, then start everything with one command [1]:

\`\`\`bash
make setup
ASKDOCS_ENV=development make run   # serves site and API on port 8000
\`\`\`

What it needs from you:

1. **Python 3.11** or later, and Node 20 or later [1].
2. A \`GEMINI_API_KEY\`, if answers should be written by a model. Without one, the most relevant sentences are *quoted* instead [2].

| Variable | Needed in | Default |
|---|---|:---:|
| \`GEMINI_API_KEY\` | staging, production | – |
| \`DATABASE_URL\` | production | SQLite |

> Secrets can also come from files: set \`SECRET_KEY_FILE\` to a path [2].

See the [configuration page](/docs/operate/configuration) for the rest.`;

export function scenarios(question: string, asked: Asked & { id: string }): Script {
  return JSON.parse(JSON.stringify(play(question, asked)).replaceAll("<id>", asked.id)) as Script;
}

interface Asked {
  attempt: number;
  session: string;
  /** Whether it is to take the place of another answer. */
  replaces: boolean;
}

function play(question: string, { attempt, session, replaces }: Asked): Script {
  const token = session || "tok_1";
  const [first] = question.toLowerCase().split(/\W/);
  switch (first) {
    case "slow":
      return { steps: [...opening(token), 400, ...deltas(ANSWER, 40), ...closing()] };
    case "endless":
      return { steps: [...opening(token), ...deltas("It begins well. And it goes on and", 5), 600_000] };
    case "silent":
      return { steps: [600_000] };
    case "waiting":
      return { steps: [...opening(token), 600_000] };
    case "nothing":
      return {
        steps: [
          ...opening(token, []),
          ...deltas("I found nothing that answers this. The nearest pages are:\n\n- [Configuration](/docs/configuration)", 0),
          ...closing({ status: "unanswered", mode: "none", confidence: 0.1, citations: [] }),
        ],
      };
    case "extract":
      return {
        steps: [
          ...opening(token),
          ...deltas("From the documentation:\n\n> Run make setup once; it leaves askdocs in .venv/bin. [1]", 0),
          ...closing({ mode: "extractive", citations: CITATIONS.slice(0, 1) }),
        ],
      };
    case "german": // from a site with several versions and languages
      return { steps: [...opening(token), ...deltas(ANSWER, 0), ...closing({ version: "2.0", language: "de" })] };
    case "supported":
    case "partly":
    case "unsupported":
      return { steps: [...opening(token), ...deltas(ANSWER, 0), ...closing({ support: first })] };
    case "pinned":
      return { steps: [...opening(token), ...deltas(ANSWER, 0), ...closing({ mode: "pinned", support: "supported", reviewed_on: "2026-01-31" })] };
    case "unfounded":
      return {
        steps: [...opening(token), ...deltas("Perhaps it does.", 0), ...closing({ status: "unanswered", citations: [] })],
      };
    case "cut":
      return { steps: [...opening(token), ...deltas("Half an answer, and then", 0), 30, null] };
    case "older": // servers before 0.2.0 name each source once
      return {
        steps: [
          ...opening(token),
          ...deltas(ANSWER, 0),
          ...closing({ citations: [CITATIONS[0], CITATIONS[2]].map((each) => ({ ...each, occurrence: undefined, fragment: undefined })) }),
        ],
      };
    case "truncated":
      return { steps: [...opening(token), ...deltas("Half an answer, and then", 0)] };
    case "broken":
      return {
        steps: [...opening(token), { type: "error", errorText: "The model refused this question." }, "data: [DONE]\n\n"],
      };
    case "limited":
      return problem(429, "Too many requests", { "retry-after": "42" });
    case "busy":
      return attempt === 1 ? problem(503, "Overloaded", { "retry-after": "0" }) : answer(token);
    case "failing":
      return problem(500, "Internal error");
    case "recovering":
      return attempt === 1 ? problem(500, "Internal error") : answer(token);
    case "disabled":
      return problem(410, "This chat is switched off.");
    case "forbidden":
      return problem(403, "Origin not allowed");
    case "wavering":
      return attempt === 1
        ? // A busy browser needs a moment to take the text: what it has not read goes with the connection.
          { steps: [...opening(token), ...deltas("Half an answer, and then", 0), 700, null] }
        : problem(500, "Internal error");
    case "refused":
      return problem(422, "The question holds no words.");
    case "expired":
      return session === "" ? answer("tok_new") : problem(404, "No such session");
    case "overtaken":
      return replaces ? problem(409, "Not the last exchange") : answer(token);
    case "unknown":
      return problem(404, "No such site");
    case "hostile":
      return { steps: [...opening(token), ...deltas(question.slice(8), 0), ...closing()] };
    default:
      return answer(token);
  }
}

function answer(token: string): Script {
  return { steps: [...opening(token), ...deltas(ANSWER, 0), ...closing()] };
}

function opening(session: string, sources = SOURCES): Step[] {
  return [
    { type: "start", messageId: "<id>", messageMetadata: { session } },
    { type: "start-step" },
    ": keep-alive\n\n",
    ...sources.map((source, index) => ({ type: "source-url", sourceId: String(index + 1), ...source })),
    { type: "text-start", id: "0" },
  ];
}

function deltas(text: string, pause: number): Step[] {
  const words = text.match(/\s*\S+|\s+$/g) ?? [];
  return words.flatMap((delta) => [{ type: "text-delta", id: "0", delta }, ...(pause ? [pause] : [])]);
}

function closing(data: object = {}): Step[] {
  const said = { message_id: "<id>", status: "answered", mode: "model", confidence: 0.8, citations: CITATIONS };
  return [
    { type: "text-end", id: "0" },
    { type: "data-answer", data: { ...said, release: {}, ...data } },
    { type: "data-from-the-future", data: { any: "thing" } },
    { type: "finish-step" },
    { type: "finish" },
    "data: [DONE]\n\n",
  ];
}

function problem(status: number, detail: string, headers: Record<string, string> = {}): Script {
  return { status, headers, problem: { type: "about:blank", title: "Problem", status, detail } };
}
