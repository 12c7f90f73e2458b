/** Markdown made to be slow to read: each construct's beginnings, middles and ends, over and over, alone and mixed. */

const TOKENS = [
  "a", " ", "\t", "\n", "\u2028", "\\", "!", ".", ";", ":", '"', "'",
  "[", "]", "![", "(", ")", "](", "](a", "](<", '](a "', "](a '", "](a (", "](a)", "[1]", "[1](", "[a]: b\n",
  "*", "**", "_", "~~", "*a ", " a*", "**a_b ", "`", "``", "`a", "`` ",
  "<", ">", "<a ", "<a:", "<a@", "<!--", "-->", "&", "&a", "&amp;", "&#1;",
  "http://", "http://a", "xhttp://a", "http://.", "www.",
  "# ", "#", "# a ", "## a #", "===\n", "---\n", "- - ", "```\n", "~~~\n", "```", "    a\n", "    ",
  "> ", "> a\n", "- ", "- a\n", "-\n", "  - a\n", "1. ", "2. a\n", "- [ ] ",
  "|", "| a ", "a|b\n", "|-", "|-|-|\n", ":-:", "\\|",
];

/** What stands once at the beginning, what is repeated, what stands once at the end. */
const FRAMES: [string, string, string][] = [
  ["# a", " ", "b"], ["# a", " #", "b"], ["```", " ", "`"], ["[a](", " ", "b"], ["[a](b", " ", "c"], ['[a](b "c"', " ", "d"],
  ["`", " ", "`"], ["` ", "a", "`"], ["-", " ", "\u2028x"], ["- [ ]", " ", ""], ["|a|\n|-", " ", "x"], ["a|b\n-|-", " ", "x"],
  ["http://a", "!", "b"], ["http://a", ")", "b"], ["http://a", ")", ""], ["http://a", "(", ""], ["http://a", "&amp;", "b"], ["http://a", ";", "b"],
  ["a", " ", "\nb"], ["> a\n", "b\n", ""], ["- a\n", "b\n", ""], ["> > > a\n", "b\n", ""], ["> ```\n", "> a\n", "b\nc\n"],
  ["<!--", "-", ""], ["<a@", ".", ""], ["[", "\\]", "](a)"], ["![", "a ![", "](b)"], ["> ", "> ", "a\nb\nc"],
];

/** The inputs, each of about `size` characters, under names that say how they are made. */
export function* hostile(size: number): Generator<[name: string, markdown: string]> {
  for (const one of TOKENS) {
    yield [`${JSON.stringify(one)} over and over`, repeat(one, size)];
    yield [`lines of ${JSON.stringify(one)}`, repeat(`${one}\n`, size)];
  }
  for (const [before, middle, after] of FRAMES) {
    const name = [before, middle, after].map((part) => JSON.stringify(part)).join(", ");
    yield [`between ends: ${name}`, before + repeat(middle, size) + after];
    yield [`between ends, lines: ${name}`, repeat(`${before}${middle.repeat(40)}${after}\n`, size)];
  }
  yield* grown(size);
  for (const one of TOKENS) {
    for (const other of TOKENS) {
      if (one !== other) {
        const name = `${JSON.stringify(one)} and ${JSON.stringify(other)}`;
        yield [`${name} by turns`, repeat(one + other, size)];
        yield [`${name}, half and half`, repeat(one, size / 2) + repeat(other, size / 2)];
      }
    }
  }
}

/** Three tokens by turns: there are very many. */
export function* triples(size: number): Generator<[name: string, markdown: string]> {
  for (const one of TOKENS) {
    for (const two of TOKENS) {
      for (const three of TOKENS) {
        yield [JSON.stringify([one, two, three]), repeat(one + two + three, size)];
      }
    }
  }
}

/** What is not simply repeated. */
function* grown(size: number): Generator<[name: string, markdown: string]> {
  const steps = Array.from({ length: Math.floor(Math.sqrt(2 * size)) }, (_, index) => index + 1);
  for (const char of ["`", "*", "_", "~"]) {
    yield [`runs of ${char} that grow`, steps.map((length) => char.repeat(length)).join("a")];
    yield [`runs of ${char} that shrink`, steps.toReversed().map((length) => char.repeat(length)).join(" a")];
  }
  yield ["emphasis in emphasis", nest("*a **b ", " c** d*", size)];
  yield ["emphasis in emphasis, runs", nest("*", "*", size)];
  yield ["images in images", nest("![", "a](b)", size)];
  yield ["links in links", nest("[", "](b)", size)];
  yield ["a table as wide as long", `${repeat("|a", size / 4)}|\n${repeat("|-", size / 4)}|\n${repeat("|\n", size / 2)}`];
  yield ["ever deeper quotes", steps.map((depth) => `${">".repeat(depth)} a`).join("\n")];
  yield ["ever deeper lists", steps.map((depth) => `${" ".repeat(2 * depth)}- a`).join("\n")];
}

function nest(open: string, close: string, size: number): string {
  const depth = size / (open.length + close.length);
  return `${open.repeat(depth)}x${close.repeat(depth)}`;
}

function repeat(text: string, size: number): string {
  return text.repeat(Math.max(1, Math.floor(size / text.length)));
}
