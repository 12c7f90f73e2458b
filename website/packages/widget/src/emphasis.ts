/** Emphasis: which runs of *, _ and ~ open it and which close it. The rules are CommonMark's. */

export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong" | "em" | "del"; children: Inline[] }
  | { type: "link"; href: string; children: Inline[] }
  | { type: "mark"; index: number }
  | { type: "break" };

/** A run of *, _ or ~ that may open or close emphasis. `piece` is its text among the pieces. */
export interface Delimiter {
  piece: { type: "text"; text: string };
  char: string;
  length: number;
  opens: boolean;
  closes: boolean;
}

/** What may be done with a run depends on the characters round it. */
export function createDelimiter(piece: Delimiter["piece"], char: string, before: string, after: string): Delimiter {
  const left = !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
  const right = !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
  return {
    piece,
    char,
    length: piece.text.length,
    opens: left && (char !== "_" || !right || isPunctuation(before)),
    closes: right && (char !== "_" || !left || isPunctuation(after)),
  };
}

/** Turns matching delimiters from `bottom` on into emphasis: CommonMark's "process emphasis". */
export function pair(pieces: Inline[], delimiters: Delimiter[], bottom: number): void {
  let floors: Record<string, number> = {};
  for (let at = bottom; at < delimiters.length; at++) {
    const closer = delimiters[at]!;
    if (!closer.closes) {
      continue;
    }
    const kind = `${closer.char}${closer.opens}${closer.length % 3}`;
    const floor = floors[kind] ?? bottom;
    let open = at - 1;
    while (open >= floor && !belong(delimiters[open]!, closer)) {
      open--;
    }
    if (open < floor) {
      floors[kind] = at;
      continue;
    }
    const opener = delimiters[open]!;
    const size = Math.min(opener.piece.text.length, closer.piece.text.length, 2);
    const from = pieces.indexOf(opener.piece) + 1;
    const children = pieces.splice(from, pieces.indexOf(closer.piece, from) - from);
    const type = closer.char === "~" ? "del" : size === 2 ? "strong" : "em";
    pieces.splice(from, 0, { type, children: join(children) });
    opener.piece.text = opener.piece.text.slice(size);
    closer.piece.text = closer.piece.text.slice(size);
    // What stands between the two, and either that is used up, can match nothing any more.
    const first = opener.piece.text === "" ? open : open + 1;
    const last = closer.piece.text === "" ? at : at - 1;
    delimiters.splice(first, last - first + 1);
    at = first - 1;
    floors = {};
  }
  delimiters.length = bottom;
}

function belong(opener: Delimiter, closer: Delimiter): boolean {
  return (
    opener.char === closer.char &&
    opener.opens &&
    !(
      (opener.closes || closer.opens) &&
      (opener.length + closer.length) % 3 === 0 &&
      (opener.length % 3 !== 0 || closer.length % 3 !== 0)
    )
  );
}

/** Neighbouring texts as one. */
export function join(pieces: Inline[]): Inline[] {
  const joined: Inline[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.type === "text" && last?.type === "text") {
      joined[joined.length - 1] = { type: "text", text: last.text + piece.text };
    } else if (piece.type !== "text" || piece.text !== "") {
      joined.push(piece);
    }
  }
  return joined;
}

function isSpace(char: string): boolean {
  return /\s/.test(char);
}

function isPunctuation(char: string): boolean {
  return /[\p{P}\p{S}]/u.test(char);
}
