/** Emphasis: which runs of *, _ and ~ open it and which close it. The rules are CommonMark's. */

export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong" | "em" | "del"; children: Inline[] }
  | { type: "link"; href: string; children: Inline[] }
  | { type: "mark"; index: number }
  | { type: "break" };

/** What has been read, as a list in which what stands between two pieces is put into one in a single step. */
export interface Piece {
  inline: Inline;
  next?: Piece;
  /** How many emphases and links stand in each other here. */
  depth: number;
}

/** A run of *, _ or ~ that may open or close emphasis. `left` of its characters are not used yet. */
export interface Delimiter {
  piece: Piece;
  char: string;
  length: number;
  left: number;
  opens: boolean;
  closes: boolean;
}

/** Deeper emphasis is text: nobody writes it but to exhaust the stack. */
const DEEPEST = 32;

/** What may be done with a run depends on the characters round it. */
export function createDelimiter(piece: Piece, run: string, before: string, after: string): Delimiter {
  const char = run[0]!;
  const left = !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
  const right = !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
  return {
    piece,
    char,
    length: run.length,
    left: run.length,
    opens: left && (char !== "_" || !right || isPunctuation(before)),
    closes: right && (char !== "_" || !left || isPunctuation(after)),
  };
}

/**
 * Turns matching delimiters into emphasis: CommonMark's "process emphasis".
 *
 * A closer takes the nearest opener that it belongs to, and what may have opened between them is void. Below
 * `floors[kind]` no opener belongs to closers of that kind, so that none is looked at twice in vain.
 */
export function pair(delimiters: readonly Delimiter[]): void {
  const openers: Delimiter[] = [];
  const floors: Record<string, number> = {};
  for (const closer of delimiters) {
    while (closer.closes && closer.left > 0) {
      const kind = `${closer.char}${closer.opens}${closer.length % 3}`;
      const floor = floors[kind] ?? 0;
      const at = openers.findLastIndex((opener, index) => index < floor || belong(opener, closer));
      if (at < floor) {
        floors[kind] = openers.length;
        break;
      }
      const opener = openers[at]!;
      openers.length = !wrap(opener, closer) ? 0 : opener.left > 0 ? at + 1 : at;
      for (const known in floors) {
        floors[known] = Math.min(floors[known]!, openers.length);
      }
    }
    if (closer.opens && closer.left > 0) {
      openers.push(closer);
    }
  }
}

/** Puts what stands between the two into emphasis, unless that would be too deep. */
function wrap(opener: Delimiter, closer: Delimiter): boolean {
  const [children, depth] = take(opener.piece, closer.piece);
  if (depth > DEEPEST) {
    return false;
  }
  const size = Math.min(opener.left, closer.left, 2);
  const type = closer.char === "~" ? "del" : size === 2 ? "strong" : "em";
  for (const side of [opener, closer]) {
    side.left -= size;
    side.piece.inline = { type: "text", text: side.char.repeat(side.left) };
  }
  opener.piece.next = { inline: { type, children }, next: closer.piece, depth };
  return true;
}

/** What stands between two pieces, or after the first, and how deep what holds it will be. */
export function take(from: Piece, to?: Piece): [children: Inline[], depth: number] {
  const children: Inline[] = [];
  let depth = 0;
  for (let piece = from.next; piece && piece !== to; piece = piece.next) {
    children.push(piece.inline);
    depth = Math.max(depth, piece.depth);
  }
  return [join(children), depth + 1];
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
