/** What screen readers hear of an answer: whole sentences, without marks and markup. */

const FENCE_OR_END = /^ {0,3}(?:```|~~~)|[.!?:。！？](?=\s|$)|\n/gm;

/**
 * How much of a growing text is whole sentences, counted from its start. A code block counts when it is closed.
 * `from` is what this returned before, which is never in code.
 */
export function wholeSentences(text: string, from: number): number {
  let end = from;
  let isInCode = false;
  FENCE_OR_END.lastIndex = from;
  for (const { 0: found, index } of text.matchAll(FENCE_OR_END)) {
    const at = index + found.length;
    if (found.length > 1) {
      isInCode = !isInCode;
    } else if (!isInCode && (at < text.length || found === "\n")) {
      end = at;
    }
  }
  return end;
}

export function speakable(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1.*$/gm, "")
    .replace(/\[(\d+)\]/g, "")
    .replace(/!?\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, "$1")
    .replace(/^ {0,3}(#{1,6}|>|[-*+]) /gm, "")
    .replace(/[*_`|]+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
