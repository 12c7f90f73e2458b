/** The text of a Markdown block: emphasis, code, links and citation marks. */

import { normalizeLabel, type Links } from "./blocks.js";
import { createDelimiter, join, pair, type Delimiter, type Inline } from "./emphasis.js";
import { decodeEntities } from "./entities.js";

export type { Inline };

interface Bracket {
  piece: Inline;
  image: boolean;
  delimiters: number;
  start: number;
}

const SPECIAL = /[\\`*_~[\]!<&\n]|https?:\/\//g;
const MARK = /\[(\d{1,3})\]/y;
const TARGET = /\([ \t\n]*(?:<([^<>\n]*)>|((?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\])*\))*))(?:[ \t\n]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t\n]*\)/y;
const REFERENCE = /\[(?!\d+\])([^[\]]*)\]/y;
const AUTOLINK = /<([a-z][a-z\d+.-]{1,31}:[^\s<>]*)>/iy;
const EMAIL = /<([\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d.-]+)>/iy;
const TAG = /<!--[\s\S]*?-->|<\/?[a-z][^<>]*>/iy;
const BARE_URL = /https?:\/\/[^\s<>`[\]*"]+/y;
const ENTITY_OR_CHAR = /&(?:(?:#\w{1,8}|\w{2,8});)?/y;

export function parseInlines(text: string, links: Links): Inline[] {
  return new Scanner(text, links).scan();
}

class Scanner {
  readonly #pieces: Inline[] = [];
  readonly #delimiters: Delimiter[] = [];
  readonly #brackets: Bracket[] = [];
  #at = 0;

  constructor(
    private readonly source: string,
    private readonly links: Links,
  ) {}

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
    pair(this.#pieces, this.#delimiters, 0);
    return join(this.#pieces);
  }

  #text(text: string): { type: "text"; text: string } {
    const piece = { type: "text" as const, text };
    this.#pieces.push(piece);
    return piece;
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
      this.#pieces.push({ type: "break" });
    } else {
      this.#text(/[!-/:-@[-`{-~]/.test(next) ? next : `\\${next}`);
    }
    this.#at += 2;
  }

  #takeCode(): void {
    const run = this.#match(/`+/y)![0];
    const from = this.#at;
    for (const { 0: closing, index } of this.source.slice(from).matchAll(/`+/g)) {
      if (closing === run) {
        const text = this.source.slice(from, from + index).replaceAll("\n", " ");
        this.#pieces.push({ type: "code", text: /^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text });
        this.#at = from + index + run.length;
        return;
      }
    }
    this.#text(run);
  }

  #takeDelimiter(char: string): void {
    const before = /[^]$/u.exec(this.source.slice(Math.max(0, this.#at - 2), this.#at))?.[0] ?? " ";
    const run = this.#match(/\*+|_+|~+/y)![0];
    const after = String.fromCodePoint(this.source.codePointAt(this.#at) ?? 32);
    const piece = this.#text(run);
    // One tilde means "about" in documentation more often than it strikes something out.
    if (char !== "~" || run === "~~") {
      this.#delimiters.push(createDelimiter(piece, char, before, after));
    }
  }

  #takeOpening(image: boolean): void {
    const mark = image ? null : this.#match(MARK);
    if (mark) {
      this.#match(TARGET); // A numbered link is a mark whose address the model made up.
      this.#pieces.push({ type: "mark", index: Number(mark[1]) });
      return;
    }
    this.#at++;
    const piece = this.#text(image ? "![" : "[");
    this.#brackets.push({ piece, image, delimiters: this.#delimiters.length, start: this.#at });
  }

  #takeClosing(): void {
    const bracket = this.#brackets.pop();
    const label = this.source.slice(bracket?.start ?? this.#at, this.#at);
    this.#at++;
    const href = bracket && this.#takeTarget(label);
    if (bracket === undefined || href === undefined) {
      this.#text("]");
      return;
    }
    pair(this.#pieces, this.#delimiters, bracket.delimiters);
    const children = this.#pieces.splice(this.#pieces.indexOf(bracket.piece)).slice(1);
    if (bracket.image) {
      this.#text(plain(children)); // An image would tell its server that, and what, somebody asked.
    } else {
      this.#pieces.push({ type: "link", href, children: join(withoutLinks(children)) });
      this.#brackets.splice(0, this.#brackets.length, ...this.#brackets.filter(({ image }) => image));
    }
  }

  #takeTarget(label: string): string | undefined {
    const target = this.#match(TARGET);
    if (target) {
      return unescape(target[1] ?? target[2] ?? "");
    }
    const before = this.#at;
    const reference = this.#match(REFERENCE)?.[1];
    const href = this.links.get(normalizeLabel(reference || label));
    this.#at = href === undefined ? before : this.#at;
    return href && unescape(href);
  }

  #takeAngle(): void {
    const link = this.#match(AUTOLINK) ?? this.#match(EMAIL);
    const tag = link ? null : this.#match(TAG);
    if (link) {
      const href = link[1]!;
      const scheme = /^[a-z][a-z\d+.-]*:/i.test(href) ? "" : "mailto:";
      this.#pieces.push({ type: "link", href: scheme + href, children: [{ type: "text", text: href }] });
    } else if (tag && /^<br\b/i.test(tag[0])) {
      this.#pieces.push({ type: "break" });
    } else if (!tag?.[0].startsWith("<!--")) {
      this.#text(tag?.[0] ?? "<");
      this.#at += tag ? 0 : 1;
    }
  }

  #takeLineEnd(): void {
    const last = this.#pieces.at(-1);
    this.#at++;
    if (last?.type === "text") {
      const isHard = last.text.endsWith("  ");
      last.text = last.text.trimEnd();
      if (isHard) {
        this.#pieces.push({ type: "break" });
        return;
      }
    }
    this.#text("\n");
  }

  #takeUrl(): void {
    const isInside = /\w/.test(this.source[this.#at - 1] ?? " ");
    const found = this.#match(BARE_URL);
    const url = found && withoutTrailing(found[0]);
    if (isInside || !url || !/\/\w/.test(url)) {
      this.#text("http");
      this.#at += 4 - (found?.[0].length ?? 0);
      return;
    }
    this.#at -= found[0].length - url.length;
    this.#pieces.push({ type: "link", href: url, children: [{ type: "text", text: url }] });
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
  return pieces
    .map((piece) => ("children" in piece ? plain(piece.children) : "text" in piece ? piece.text : ""))
    .join("");
}

function withoutTrailing(url: string): string {
  let kept = url.replace(/(?:[?!.,:;_~']|&\w+;)+$/, "");
  while (kept.endsWith(")") && kept.split(")").length > kept.split("(").length) {
    kept = kept.slice(0, -1);
  }
  return kept;
}

function unescape(text: string): string {
  return decodeEntities(text.replace(/\\([!-/:-@[-`{-~])/g, "$1"));
}
