/**
 * The block structure of Markdown (CommonMark with GFM's tables and task lists), as far as answers use it.
 *
 * Ours, since a general parser is 12 KB of the panel's 20. HTML is not read: it stays text, and so do definitions of
 * links. Text inside blocks is left as it is, for `parseInlines`. Whatever the lines are, reading takes time in
 * proportion to their length: no expression here can match the same characters in two ways.
 */

export type Block =
  | { type: "paragraph"; text: string }
  | { type: "heading"; level: number; text: string }
  | { type: "code"; language: string; text: string }
  | { type: "quote"; blocks: Placed[] }
  | { type: "list"; start: number | undefined; loose: boolean; items: Item[] }
  | { type: "table"; align: string[]; rows: string[][] }
  | { type: "rule" }
  | { type: "nothing" };

/** A block and the line it begins at. */
export type Placed = Block & { line: number };

export interface Item {
  /** undefined for items that are no tasks. */
  checked: boolean | undefined;
  blocks: Placed[];
}

const FENCE = /^( {0,3})(`{3,}|~{3,}(?!~))[^`]*$/;
const FENCE_END = /^ {0,3}(`{3,}|~{3,})[ \t]*$/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])( +|$)/;
const TASK = /^\[([ xX])\] +(?=\S)/;
const INDENTED = /^ {4}/;
const DELIMITER_ROW = /^ {0,3}[|:-][ \t|:-]*$/;
const DELIMITER = /^:?-+:?$/;

/** Deeper quotes and lists are text: nobody writes them but to exhaust the stack. */
const DEEPEST = 16;

/** Cells that are added to the rows of one table which are shorter than its head: a wide head would multiply them. */
const MOST_ADDED = 1_000;

export function parseBlocks(lines: readonly string[], depth = 0): Placed[] {
  const blocks: Placed[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at]!)) {
      at++;
      continue;
    }
    const taken = take(lines, at, depth);
    blocks.push({ ...taken.block, line: at });
    at = taken.next;
  }
  return blocks;
}

interface Taken {
  block: Block;
  next: number;
}

function take(lines: readonly string[], at: number, depth: number): Taken {
  const line = lines[at]!;
  const fence = FENCE.exec(line);
  if (fence) {
    return takeFence(lines, at, fence);
  }
  const heading = HEADING.exec(line);
  if (heading) {
    return { block: { type: "heading", level: heading[1]!.length, text: readHeading(line.slice(heading[0].length)) }, next: at + 1 };
  }
  if (RULE.test(line)) {
    return { block: { type: "rule" }, next: at + 1 };
  }
  if (QUOTE.test(line) && depth < DEEPEST) {
    return takeQuote(lines, at, depth);
  }
  if (ITEM.test(line) && depth < DEEPEST) {
    return takeList(lines, at, depth);
  }
  if (INDENTED.test(line)) {
    return takeIndented(lines, at);
  }
  if (isTable(lines, at)) {
    return takeTable(lines, at);
  }
  if (line.trimStart().startsWith("<!--")) {
    return takeComment(lines, at);
  }
  return takeParagraph(lines, at);
}

/** The text of a heading without the marks that may close it. */
function readHeading(rest: string): string {
  return rest.trim().replace(/(?:^|\s)#+$/, "").trimEnd();
}

function takeFence(lines: readonly string[], at: number, [opening, indent = "", marks = ""]: string[]): Taken {
  let end = at + 1;
  while (end < lines.length && !FENCE_END.exec(lines[end]!)?.[1]!.startsWith(marks)) {
    end++;
  }
  const margin = new RegExp(`^ {0,${indent.length}}`);
  const text = lines.slice(at + 1, end).map((line) => line.replace(margin, ""));
  const info = opening!.slice(indent.length + marks.length).trim();
  return { block: { type: "code", language: info.split(/[\s{]/)[0] ?? "", text: text.join("\n") }, next: end + 1 };
}

function takeIndented(lines: readonly string[], at: number): Taken {
  let end = at;
  for (let next = at; next < lines.length && (INDENTED.test(lines[next]!) || isBlank(lines[next]!)); next++) {
    end = isBlank(lines[next]!) ? end : next + 1;
  }
  const text = lines.slice(at, end).map((line) => line.slice(4));
  return { block: { type: "code", language: "", text: text.join("\n") }, next: end };
}

function takeQuote(lines: readonly string[], at: number, depth: number): Taken {
  const inner = new Content();
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (!QUOTE.test(line) && !isLazy(lines, next, inner)) {
      break;
    }
    inner.lines.push(line.replace(QUOTE, ""));
  }
  return { block: { type: "quote", blocks: parseBlocks(inner.lines, depth + 1) }, next };
}

function takeList(lines: readonly string[], at: number, depth: number): Taken {
  const first = ITEM.exec(lines[at]!)!;
  const kind = first[2]!.slice(-1);
  const items: Item[] = [];
  let loose = false;
  let next = at;
  for (;;) {
    const marker = next < lines.length && !RULE.test(lines[next]!) ? ITEM.exec(lines[next]!) : null;
    if (marker?.[2]!.slice(-1) !== kind) {
      break;
    }
    loose ||= items.length > 0 && isBlank(lines[next - 1]!);
    const { inner, next: end } = takeItem(lines, next, marker);
    const task = TASK.exec(inner[0]!);
    inner[0] = inner[0]!.slice(task?.[0].length);
    const blocks = parseBlocks(inner, depth + 1);
    loose ||= blocks.some(({ line }, index) => index > 0 && isBlank(inner[line - 1]!));
    items.push({ checked: task ? task[1] !== " " : undefined, blocks });
    next = end;
  }
  // Blank lines after the last item are not the list's.
  while (next > at && isBlank(lines[next - 1]!)) {
    next--;
  }
  const start = first[3] === undefined ? undefined : Number(first[3]);
  return { block: { type: "list", start, loose, items }, next };
}

/** The lines of an item without its marker and its indent, and where the next item would begin. */
function takeItem(lines: readonly string[], at: number, marker: RegExpExecArray): { inner: string[]; next: number } {
  const [whole, indent = "", bullet = "", , spaces = ""] = marker;
  const rest = lines[at]!.slice(whole.length);
  const pad = rest === "" || spaces.length > 4 ? 1 : spaces.length;
  const width = indent.length + bullet.length + pad;
  const inner = new Content();
  inner.lines.push(spaces.slice(pad) + rest);
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (isBlank(line)) {
      inner.lines.push("");
    } else if (line.search(/\S/) >= width) {
      inner.lines.push(line.slice(width));
    } else if (isLazy(lines, next, inner)) {
      inner.lines.push(line.trimStart());
    } else {
      break;
    }
  }
  return { inner: inner.lines, next };
}

function takeTable(lines: readonly string[], at: number): Taken {
  const align = splitRow(lines[at + 1]!).map((cell) =>
    cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : cell.startsWith(":") ? "left" : "",
  );
  const rows = [splitRow(lines[at]!)];
  let next = at + 2;
  let room = MOST_ADDED;
  for (; next < lines.length && !isBlank(lines[next]!) && !interrupts(lines, next); next++) {
    const cells = splitRow(lines[next]!).slice(0, align.length);
    for (; cells.length < align.length && room > 0; room--) {
      cells.push("");
    }
    rows.push(cells);
  }
  return { block: { type: "table", align, rows }, next };
}

function takeComment(lines: readonly string[], at: number): Taken {
  let end = at;
  while (end < lines.length && !lines[end]!.includes("-->")) {
    end++;
  }
  const rest = lines[end]?.split("-->").slice(1).join("-->").trim() ?? "";
  return { block: rest === "" ? { type: "nothing" } : { type: "paragraph", text: rest }, next: end + 1 };
}

function takeParagraph(lines: readonly string[], at: number): Taken {
  const text = [lines[at]!.trimStart()];
  let next = at + 1;
  for (; next < lines.length && !isBlank(lines[next]!); next++) {
    const underline = UNDERLINE.exec(lines[next]!);
    if (underline) {
      const level = underline[1]!.startsWith("=") ? 1 : 2;
      return { block: { type: "heading", level, text: text.join("\n").trimEnd() }, next: next + 1 };
    }
    if (interrupts(lines, next)) {
      break;
    }
    text.push(lines[next]!.trimStart());
  }
  return { block: { type: "paragraph", text: text.join("\n").trimEnd() }, next };
}

/** Whether a line ends the paragraph before it. */
function interrupts(lines: readonly string[], at: number): boolean {
  const line = lines[at]!;
  const item = ITEM.exec(line);
  const listBegins = item && item[0] !== line && (item[3] === undefined || Number(item[3]) === 1);
  return (
    !!listBegins || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || isTable(lines, at)
  );
}

/** The lines of a quote or an item, without its markers. */
class Content {
  readonly lines: string[] = [];
  #read = 0;
  #fences = 0;
  #last = "";

  /** Whether they end in a paragraph. Each line is looked at once, however often this is asked. */
  endsInParagraph(): boolean {
    for (; this.#read < this.lines.length; this.#read++) {
      this.#last = withoutMarkers(this.lines[this.#read]!);
      this.#fences += FENCE.test(this.#last) ? 1 : 0;
    }
    const isInCode = this.#fences % 2 === 1;
    return !isInCode && ![/^[ \t]*$/, INDENTED, HEADING, RULE, FENCE].some((other) => other.test(this.#last));
  }
}

/** Whether a line that lacks its container's marker goes on with the paragraph that the container ends in. */
function isLazy(lines: readonly string[], at: number, inner: Content): boolean {
  return !isBlank(lines[at]!) && !interrupts(lines, at) && !ITEM.test(lines[at]!) && inner.endsInParagraph();
}

function withoutMarkers(line: string): string {
  for (;;) {
    const marker = QUOTE.exec(line)?.[0] ?? /^ {0,3}(?:[-*+]|\d{1,9}[.)]) /.exec(line)?.[0];
    if (marker === undefined) {
      return line;
    }
    line = line.slice(marker.length);
  }
}

function isTable(lines: readonly string[], at: number): boolean {
  const [head, row] = [lines[at]!, lines[at + 1]];
  if (row === undefined || !head.includes("|") || !/[|:]/.test(row) || !DELIMITER_ROW.test(row)) {
    return false;
  }
  const cells = splitRow(row);
  return cells.every((cell) => DELIMITER.test(cell)) && splitRow(head).length === cells.length;
}

function splitRow(line: string): string[] {
  const cells = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function isBlank(line: string): boolean {
  return /^[ \t]*$/.test(line);
}
