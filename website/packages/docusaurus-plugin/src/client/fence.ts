/** Code as Markdown shows it. */

/** Characters of code that go along, so that the whole question stays within the 4,000 that a server takes by default. */
const MOST_CODE = 3800;

/** Cut after a whole line where it is too long, and said to be. */
export function fenced(code: string, language: string): string {
  const text = code.trimEnd();
  const end = text.lastIndexOf("\n", MOST_CODE);
  const cut = text.length > MOST_CODE ? `${text.slice(0, end > 0 ? end : MOST_CODE)}\n…` : text;
  const longest = Math.max(2, ...(cut.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${cut}\n${fence}`;
}
