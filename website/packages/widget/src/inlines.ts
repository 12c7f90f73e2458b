/** The text of a Markdown block: emphasis, code, links and citation marks. */

import { createDelimiter, join, pair, take, type Delimiter, type Inline, type Piece } from "./emphasis.js";
import { decodeEntities } from "./entities.js";

export type { Inline };

interface Bracket {
  piece: Piece;
  image: boolean;
  delimiters: number;
  start: number;
}

const SPECIAL = /[\\`*_~[\]!<&\n]|https?:\/\//g;
const MARK = /\[(\d{1,3})\]/y;
const TARGET = /\([ \t\n]*(?:(?:<([^<>\n]*)>|((?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\))+))(?:[ \t\n]+(?:(?:"[^"]*"|'[^']*'|\([^()]*\))[ \t\n]*)?)?)?\)/y;
const AUTOLINK = /<([a-z][a-z\d+.-]{1,31}:[^\s<>]*)>/iy;
const EMAIL = /<([\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d.-]+)>/iy;
const TAG = /<\/?[a-z][^<>]*>/iy;
const BARE_URL = /https?:\/\/\w[^\s<>`[\]*"]*/y;
const ENTITY_OR_CHAR = /&(?:(?:#\w{1,8}|\w{2,8});)?/y;

export function parseInlines(text: string): Inline[] {
  return new Scanner(text).scan();
}

/** Goes over the text once: whatever is looked for ahead is looked for once, or not farther than the next of its kind. */
class Scanner {
  readonly #head: Piece = { inline: { type: "break" }, depth: 0 };
  #last = this.#head;
  readonly #delimiters: Delimiter[] = [];
  readonly #brackets: Bracket[] = [];
  /** Where the last link ends: brackets from before it open none, since links do not stand in links. */
  #linkEnd = 0;
  #at = 0;
  /** Where runs of so many backticks begin, the last ones first. */
  #runs: Map<number, number[]> | undefined;
  #commentEnd = 0;

  constructor(private readonly source: string) {}

  scan(): Inline[] {
    while (this.#at < this.source.length) {
      SPECIAL.lastIndex = this.#at;
      const special = SPECIAL.exec(this.source);
      const stop = special?.index ?? this.source.length;
      if (stop > this.#at) {
        this.#text(this.source.slice(this.#at, stop));
        this.#at = stop;
      }
      if (special) {
        this.#take(special[0][0]!);
      }
    }
    pair(this.#delimiters);
    return take(this.#head)[0];
  }

  #push(inline: Inline, depth = 0): Piece {
    this.#last = this.#last.next = { inline, depth };
    return this.#last;
  }

  #text(text: string): Piece {
    return this.#push({ type: "text", text });
  }

  /** Takes what matches here; its groups, or null. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.source);
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  #take(char: string): void {
    switch (char) {
      case "\\":
        this.#takeEscape();
        break;
      case "`":
        this.#takeCode();
        break;
      case "*":
      case "_":
      case "~":
        this.#takeDelimiter(char);
        break;
      case "[":
        this.#takeOpening(false);
        break;
      case "!":
        this.#takeExclamation();
        break;
      case "]":
        this.#takeClosing();
        break;
      case "<":
        this.#takeAngle();
        break;
      case "\n":
        this.#takeLineEnd();
        break;
      case "&":
        this.#text(decodeEntities(this.#match(ENTITY_OR_CHAR)![0]));
        break;
      default:
        this.#takeUrl();
    }
  }

  #takeExclamation(): void {
    this.#at++;
    if (this.source[this.#at] === "[") {
      this.#takeOpening(true);
    } else {
      this.#text("!");
    }
  }

  #takeEscape(): void {
    const next = this.source[this.#at + 1] ?? "";
    if (next === "\n") {
      this.#push({ type: "break" });
    } else {
      this.#text(/[!-/:-@[-`{-~]/.test(next) ? next : `\\${next}`);
    }
    this.#at += 2;
  }

  #takeCode(): void {
    const run = this.#match(/`+/y)![0];
    const end = this.#findRun(run.length);
    if (end === undefined) {
      this.#text(run);
      return;
    }
    const text = this.source.slice(this.#at, end).replaceAll("\n", " ");
    const isPadded = text.startsWith(" ") && text.endsWith(" ") && /[^ ]/.test(text);
    this.#push({ type: "code", text: isPadded ? text.slice(1, -1) : text });
    this.#at = end + run.length;
  }

  /** Where the next run of so many backticks begins. */
  #findRun(length: number): number | undefined {
    if (this.#runs === undefined) {
      this.#runs = new Map();
      for (const { 0: run, index } of [...this.source.matchAll(/`+/g)].reverse()) {
        this.#runs.set(run.length, this.#runs.get(run.length) ?? []).get(run.length)!.push(index);
      }
    }
    const starts = this.#runs.get(length) ?? [];
    while ((starts.at(-1) ?? Infinity) < this.#at) {
      starts.pop();
    }
    return starts.at(-1);
  }

  #takeDelimiter(char: string): void {
    const before = /[^]$/u.exec(this.source.slice(Math.max(0, this.#at - 2), this.#at))?.[0] ?? " ";
    const run = this.#match(/\*+|_+|~+/y)![0];
    const after = String.fromCodePoint(this.source.codePointAt(this.#at) ?? 32);
    const piece = this.#text(run);
    // One tilde means "about" in documentation more often than it strikes something out.
    if (char !== "~" || run === "~~") {
      this.#delimiters.push(createDelimiter(piece, run, before, after));
    }
  }

  #takeOpening(image: boolean): void {
    const mark = image ? null : this.#match(MARK);
    if (mark) {
      this.#match(TARGET); // A numbered link is a mark whose address the model made up.
      this.#push({ type: "mark", index: Number(mark[1]) });
      return;
    }
    this.#at++;
    const piece = this.#text(image ? "![" : "[");
    this.#brackets.push({ piece, image, delimiters: this.#delimiters.length, start: this.#at });
  }

  #takeClosing(): void {
    const bracket = this.#brackets.pop();
    this.#at++;
    const target = bracket && (bracket.image || bracket.start > this.#linkEnd) ? this.#match(TARGET) : null;
    if (!bracket || !target) {
      this.#text("]");
      return;
    }
    pair(this.#delimiters.splice(bracket.delimiters));
    const [found, depth] = take(bracket.piece);
    const children = join(withoutLinks(found));
    const label = plain(children);
    this.#last = bracket.piece;
    delete this.#last.next;
    if (bracket.image) {
      this.#last.inline = { type: "text", text: label }; // An image would tell its server that, and what, somebody asked.
    } else if (isLikeMark(label)) {
      this.#last.inline = { type: "text", text: `[${label}]` };
    } else {
      const href = unescape(target[1] ?? target[2] ?? "");
      Object.assign(this.#last, { inline: { type: "link", href, children }, depth });
    }
    this.#linkEnd = bracket.image ? this.#linkEnd : this.#at;
  }

  #takeAngle(): void {
    const link = this.#match(AUTOLINK) ?? this.#match(EMAIL);
    if (link) {
      const href = link[1]!;
      const scheme = /^[a-z][a-z\d+.-]*:/i.test(href) ? "" : "mailto:";
      this.#push({ type: "link", href: scheme + href, children: [{ type: "text", text: href }] });
    } else if (!this.#skipComment()) {
      const tag = this.#match(TAG)?.[0];
      this.#at += tag ? 0 : 1;
      tag && /^<br\b/i.test(tag) ? this.#push({ type: "break" }) : this.#text(tag ?? "<");
    }
  }

  #skipComment(): boolean {
    if (!this.source.startsWith("<!--", this.#at) || this.#commentEnd < 0) {
      return false;
    }
    this.#commentEnd = this.source.indexOf("-->", this.#at + 4);
    this.#at = this.#commentEnd < 0 ? this.#at : this.#commentEnd + 3;
    return this.#commentEnd >= 0;
  }

  #takeLineEnd(): void {
    const last = this.#last.inline;
    this.#at++;
    if (last.type === "text") {
      const isHard = last.text.endsWith("  ");
      last.text = last.text.trimEnd();
      if (isHard) {
        this.#push({ type: "break" });
        return;
      }
    }
    this.#text("\n");
  }

  #takeUrl(): void {
    const isInside = /\w/.test(this.source[this.#at - 1] ?? " ");
    const found = isInside ? null : this.#match(BARE_URL);
    if (!found) {
      this.#text("http");
      this.#at += 4;
      return;
    }
    const url = withoutTrailing(found[0]);
    this.#at -= found[0].length - url.length;
    this.#push({ type: "link", href: url, children: [{ type: "text", text: url }] });
  }
}

/** Links and marks do not stand in links. */
function withoutLinks(pieces: Inline[]): Inline[] {
  return pieces.flatMap((piece): Inline[] => {
    if (piece.type === "mark") {
      return [{ type: "text", text: `[${piece.index}]` }];
    }
    if (!("children" in piece)) {
      return [piece];
    }
    const children = withoutLinks(piece.children);
    return piece.type === "link" ? children : [{ ...piece, children }];
  });
}

function plain(pieces: Inline[]): string {
  return pieces.reduce(
    // Not an array that is joined: images in images would be copied once for each.
    (text, piece) => text + ("children" in piece ? plain(piece.children) : "text" in piece ? piece.text : ""),
    "",
  );
}

/** Whether a link's text would pass for a citation's mark, such as [ 1 ], 【1】, [¹] or [1] with characters unseen. */
function isLikeMark(label: string): boolean {
  return /^\d{1,3}$/.test(label.normalize("NFKC").replace(/[^\p{L}\p{N}.]/gu, ""));
}

function withoutTrailing(url: string): string {
  let end = url.length;
  let unopened = url.split(")").length - url.split("(").length;
  for (;;) {
    const entity = /&\w{1,31};$/.exec(url.slice(Math.max(0, end - 33), end));
    if (entity || "?!.,:;_~'".includes(url[end - 1]!)) {
      end -= entity?.[0].length ?? 1;
    } else if (url[end - 1] === ")" && unopened > 0) {
      end--;
      unopened--;
    } else {
      return url.slice(0, end);
    }
  }
}

function unescape(text: string): string {
  return decodeEntities(text.replace(/\\([!-/:-@[-`{-~])/g, "$1"));
}
