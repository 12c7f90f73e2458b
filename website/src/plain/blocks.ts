/** A page or an answer as plain blocks: what the demo shows of both, and where in it a cited sentence stands. */

export interface Run {
  text: string;
  as?: "code" | "strong" | "mark";
}

export interface Block {
  kind: "title" | "heading" | "text" | "item" | "row" | "code";
  runs: Run[];
  /** Of a heading: its anchor, "" where it has none, and how deep it is. */
  id?: string;
  level?: number;
}

/** A part of a page, as it stands at an address. */
export interface Shown {
  url: string;
  blocks: Block[];
}

export interface Citation {
  url: string;
  title: string;
  quote: string;
}

/** An answer as it was given, which the demo shows until somebody asks, and where no backend answers. */
export interface Recording {
  schema: 1;
  /** The day, as 2026-01-31. */
  on: string;
  release: string;
  question: string;
  answer: Block[];
  /** One for each mark of the answer, in its order. */
  citations: Citation[];
  page: Shown;
}

/** The characters of a block, from and to, that carry what was cited. */
export interface Place {
  block: number;
  from: number;
  to: number;
}

/** Reads rendered HTML. It stands for itself, without a helper beside it: recordings send it to another page. */
export function blocksOf(root: Element): Block[] {
  const kinds: Partial<Record<string, Block["kind"]>> = {
    H1: "title", H2: "heading", H3: "heading", H4: "heading", H5: "heading", H6: "heading",
    P: "text", LI: "item", TR: "row", PRE: "code",
  };
  const unread = "button, nav, svg, .hash-link, [aria-hidden=true]";
  const runs = (element: Element, preformatted: boolean): Run[] => {
    const found: Run[] = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement!;
      const list = parent.closest("ul, ol");
      if (parent.closest(unread) !== null || (list !== null && list !== element.parentElement && element.contains(list))) {
        continue;
      }
      const text = preformatted ? node.textContent! : node.textContent!.replace(/\s+/g, " ");
      const as = parent.closest(".mark") ? "mark" : preformatted ? undefined : parent.closest("code") ? "code" : parent.closest("strong, th") ? "strong" : undefined;
      // Cells stand beside each other as words do.
      const gap = element.tagName === "TR" && found.length > 0 && parent.closest("td, th")?.firstChild === node ? " " : "";
      found.push({ text: gap + text, ...(as && { as }) });
    }
    return found;
  };
  const blocks: Block[] = [];
  const walk = (element: Element): void => {
    for (const child of element.children) {
      const kind = kinds[child.tagName];
      if (child.matches(unread)) {
        continue;
      }
      if (kind === undefined) {
        walk(child);
        continue;
      }
      const block: Block = { kind, runs: runs(child, kind === "code") };
      if (kind === "title" || kind === "heading") {
        block.id = child.id;
        block.level = Number(child.tagName[1]);
      }
      if (block.runs.some(({ text }) => text.trim() !== "")) {
        blocks.push(block);
      }
      if (kind === "item") {
        child.querySelectorAll(":scope > ul, :scope > ol").forEach(walk);
      }
    }
  };
  walk(root);
  return blocks;
}

/** The page's title and the section under an anchor, to the next heading that is no deeper; its beginning for "". */
export function section(blocks: readonly Block[], anchor: string): Block[] {
  const title = blocks.filter(({ kind }) => kind === "title").slice(0, 1);
  const isHeading = ({ kind }: Block): boolean => kind === "heading";
  const start = anchor === "" ? blocks.findIndex(({ kind }) => kind !== "title") : blocks.findIndex(({ id }) => id === anchor);
  if (start < 0) {
    return [...blocks];
  }
  const depth = blocks[start]!.level ?? 6;
  const length = blocks.slice(start + 1).findIndex((block) => isHeading(block) && block.level! <= depth);
  const end = length < 0 ? blocks.length : start + 1 + length;
  return [...title, ...blocks.slice(start, end).filter((block) => !title.includes(block))];
}

export function plain({ runs }: Block): string {
  return runs.map(({ text }) => text).join("");
}

/** Where a quote stands; null where the page says it in other words by now. */
export function find(blocks: readonly Block[], quote: string): Place | null {
  for (const [block, { runs }] of blocks.entries()) {
    const from = plain({ kind: "text", runs }).indexOf(quote);
    if (quote !== "" && from >= 0) {
      return { block, from, to: from + quote.length };
    }
  }
  return null;
}

/** The runs of a block cut at a place, with those inside it lit. */
export function light(runs: readonly Run[], from: number, to: number): (Run & { lit: boolean })[] {
  let at = 0;
  return runs.flatMap((run) => {
    const cuts = [0, from - at, to - at, run.text.length].map((cut) => Math.min(Math.max(cut, 0), run.text.length));
    at += run.text.length;
    return [false, true, false].map((lit, part) => ({ ...run, lit, text: run.text.slice(cuts[part], cuts[part + 1]) }));
  }).filter(({ text }) => text !== "");
}
