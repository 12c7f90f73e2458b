/** What screen readers hear of an answer: whole sentences, without marks and markup. */

const SENTENCE_END = /[.!?:。！？](?=\s|$)|\n/g;

/** How much of a growing text is whole sentences, counted from its start. A code block counts when it is closed. */
export function wholeSentences(text: string, from: number): number {
  let end = from;
  for (const match of text.slice(from).matchAll(SENTENCE_END)) {
    const at = from + match.index + 1;
    const atTextEnd = at === text.length && match[0] !== "\n";
    if (!atTextEnd && !isInCode(text.slice(0, at))) {
      end = at;
    }
  }
  return end;
}

function isInCode(text: string): boolean {
  return (text.match(/^ {0,3}(```|~~~)/gm)?.length ?? 0) % 2 === 1;
}

export function speakable(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1.*$/gm, "")
    .replace(/\[(\d+)\]/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^ {0,3}(#{1,6}|>|[-*+]) /gm, "")
    .replace(/[*_`|]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
