/**
 * The block structure of Markdown (CommonMark with GFM's tables and task lists), as far as answers use it.
 *
 * Ours, since a general parser is 12 KB of the panel's 20. HTML is not read: it stays text. Text inside blocks is left
 * as it is, for `parseInlines`.
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

/** Where reference links lead, by label. */
export type Links = Map<string, string>;

const FENCE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])(?:( +)(.*))?$/;
const TASK = /^\[([ xX])\] +(?=\S)/;
const INDENTED = /^ {4}/;
const DELIMITER_ROW = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const DEFINITION = /^ {0,3}\[([^[\]]+)\]:[ \t]*<?([^\s<>]+)>?(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^)]*\)))?[ \t]*$/;

/** Deeper quotes and lists are text: nobody writes them but to exhaust the stack. */
const DEEPEST = 16;

/** The blocks of some lines. Definitions of links are added to `links`. */
export function parseBlocks(lines: readonly string[], links: Links, depth = 0): Placed[] {
  const blocks: Placed[] = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at]!)) {
      at++;
      continue;
    }
    const taken = take(lines, at, links, depth);
    blocks.push({ ...taken.block, line: at });
    at = taken.next;
  }
  return blocks;
}

interface Taken {
  block: Block;
  next: number;
}

function take(lines: readonly string[], at: number, links: Links, depth: number): Taken {
  const line = lines[at]!;
  const fence = FENCE.exec(line);
  if (fence) {
    return takeFence(lines, at, fence);
  }
  const heading = HEADING.exec(line);
  if (heading) {
    return { block: { type: "heading", level: heading[1]!.length, text: heading[2] ?? "" }, next: at + 1 };
  }
  if (RULE.test(line)) {
    return { block: { type: "rule" }, next: at + 1 };
  }
  if (QUOTE.test(line) && depth < DEEPEST) {
    return takeQuote(lines, at, links, depth);
  }
  if (ITEM.test(line) && depth < DEEPEST) {
    return takeList(lines, at, links, depth);
  }
  if (INDENTED.test(line)) {
    return takeIndented(lines, at);
  }
  if (isTable(lines, at)) {
    return takeTable(lines, at);
  }
  const definition = DEFINITION.exec(line);
  // A number is a citation's mark, which must not become a link of the model's choice.
  if (definition && !/^\d+$/.test(definition[1]!)) {
    const label = normalizeLabel(definition[1]!);
    links.set(label, links.get(label) ?? definition[2]!);
    return { block: { type: "nothing" }, next: at + 1 };
  }
  if (line.trimStart().startsWith("<!--")) {
    return takeComment(lines, at);
  }
  return takeParagraph(lines, at);
}

function takeFence(lines: readonly string[], at: number, [, indent = "", marks = "", info = ""]: string[]): Taken {
  const closing = new RegExp(`^ {0,3}\\${marks[0]}{${marks.length},}[ \\t]*$`);
  let end = at + 1;
  while (end < lines.length && !closing.test(lines[end]!)) {
    end++;
  }
  const text = lines.slice(at + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indent.length}}`), ""));
  return { block: { type: "code", language: info.trim().split(/[\s{]/)[0] ?? "", text: text.join("\n") }, next: end + 1 };
}

function takeIndented(lines: readonly string[], at: number): Taken {
  let end = at;
  for (let next = at; next < lines.length && (INDENTED.test(lines[next]!) || isBlank(lines[next]!)); next++) {
    end = isBlank(lines[next]!) ? end : next + 1;
  }
  const text = lines.slice(at, end).map((line) => line.slice(4));
  return { block: { type: "code", language: "", text: text.join("\n") }, next: end };
}

function takeQuote(lines: readonly string[], at: number, links: Links, depth: number): Taken {
  const inner: string[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (!QUOTE.test(line) && !isLazy(lines, next, inner)) {
      break;
    }
    inner.push(line.replace(QUOTE, ""));
  }
  return { block: { type: "quote", blocks: parseBlocks(inner, links, depth + 1) }, next };
}

function takeList(lines: readonly string[], at: number, links: Links, depth: number): Taken {
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
    const taken = takeItem(lines, next, marker);
    const task = TASK.exec(taken.inner[0]!);
    const inner = task ? [taken.inner[0]!.slice(task[0].length), ...taken.inner.slice(1)] : taken.inner;
    const blocks = parseBlocks(inner, links, depth + 1);
    loose ||= blocks.some(({ line }, index) => index > 0 && isBlank(inner[line - 1]!));
    items.push({ checked: task ? task[1] !== " " : undefined, blocks });
    next = taken.next;
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
  const [, indent = "", bullet = "", , spaces = "", rest = ""] = marker;
  const pad = rest === "" || spaces.length > 4 ? 1 : spaces.length;
  const width = indent.length + bullet.length + pad;
  const inner = [spaces.slice(pad) + rest];
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (isBlank(line)) {
      inner.push("");
    } else if (line.search(/\S/) >= width) {
      inner.push(line.slice(width));
    } else if (isLazy(lines, next, inner)) {
      inner.push(line.trimStart());
    } else {
      break;
    }
  }
  return { inner, next };
}

function takeTable(lines: readonly string[], at: number): Taken {
  const align = splitRow(lines[at + 1]!).map((cell) =>
    cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : cell.startsWith(":") ? "left" : "",
  );
  const rows = [splitRow(lines[at]!)];
  let next = at + 2;
  for (; next < lines.length && !isBlank(lines[next]!) && !interrupts(lines, next); next++) {
    const cells = splitRow(lines[next]!);
    rows.push(align.map((_, column) => cells[column] ?? ""));
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
  const listBegins = item?.[5] && (item[3] === undefined || Number(item[3]) === 1);
  return (
    !!listBegins || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || isTable(lines, at)
  );
}

/** Whether a line that lacks its container's marker goes on with the paragraph that the container ends in. */
function isLazy(lines: readonly string[], at: number, inner: readonly string[]): boolean {
  if (isBlank(lines[at]!) || interrupts(lines, at) || ITEM.test(lines[at]!)) {
    return false;
  }
  const bare = inner.map(withoutMarkers);
  const last = bare.at(-1) ?? "";
  const isInCode = bare.filter((line) => FENCE.test(line)).length % 2 === 1;
  return !isInCode && ![/^[ \t]*$/, INDENTED, HEADING, RULE, FENCE].some((other) => other.test(last));
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
  return (
    row !== undefined &&
    head.includes("|") &&
    /[|:]/.test(row) &&
    DELIMITER_ROW.test(row) &&
    splitRow(head).length === splitRow(row).length
  );
}

function splitRow(line: string): string[] {
  const cells = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/);
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function isBlank(line: string): boolean {
  return /^[ \t]*$/.test(line);
}

export function normalizeLabel(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase();
}
