/** The product at work: a recorded question and answer, and beside them the page with the cited sentence lit. */

import { useEffect, useMemo, useState, type CSSProperties, type ReactNode } from "react";
import clsx from "clsx";
import Translate, { translate } from "@docusaurus/Translate";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";
import type { Block, Citation, Recording, Run, Shown } from "../../plain/blocks";
import { PagePane } from "./PagePane";
import { read } from "./read";
import recorded from "./recorded.json";
import styles from "./styles.module.css";

const recording = recorded as Recording;

export default function Demo(): ReactNode {
  const [chosen, setChosen] = useState(0);
  const { siteConfig } = useDocusaurusContext();
  const { root } = siteConfig.customFields as { root: string };
  const page = useMemo(() => ({ ...recording.page, url: atRoot(root, recording.page.url) }), [root]);
  const [shown, setShown] = useState<Shown>(page);
  const [quote, setQuote] = useState(recording.citations[0]!.quote);
  const [touched, setTouched] = useState(false);
  const show = async ({ url, quote: cited }: Pick<Citation, "url" | "quote">): Promise<boolean> => {
    const cites = url === page.url ? page : await read(url);
    if (cites === null) {
      return false;
    }
    setTouched(true);
    setShown(cites);
    setQuote(cited);
    return true;
  };
  useCitationsOfTheChat(show);
  return (
    <section className={clsx(styles.demo, !touched && styles.playing)} aria-label={translate({ id: "demo.label", message: "Askdocs at work" })}>
      <div className={styles.chat}>
        <p className={styles.question}>
          <span className={styles.typed}>{recording.question}</span>
        </p>
        {/* What scrolls must be reachable with the keyboard. */}
        <div className={styles.answer} lang="en" tabIndex={0} role="region" aria-label={translate({ id: "demo.answer", message: "Recorded answer" })}>
          <Answer
            chosen={chosen}
            onChoose={(mark, citation) => {
              setChosen(mark);
              const url = atRoot(root, citation.url);
              void show({ url, quote: citation.quote }).then((there) => there || window.location.assign(url));
            }}
          />
        </div>
        <div className={styles.ask}>
          <button type="button" className="button button--primary" data-askdocs-open={recording.question}>
            <Translate id="demo.again">Ask it live</Translate>
          </button>
          <button type="button" className="button button--secondary" data-askdocs-open="">
            <Translate id="demo.own">Ask your own question</Translate>
          </button>
        </div>
        <Recorded />
      </div>
      <PagePane shown={shown} quote={quote} />
    </section>
  );
}

/** Recorded addresses begin at the root of a site that lies at its host's own. */
function atRoot(root: string, url: string): string {
  return root + url.slice(1);
}

function Recorded(): ReactNode {
  const { i18n } = useDocusaurusContext();
  // A day has no hour: in the reader's time zone it could be another one.
  const day = new Intl.DateTimeFormat(i18n.currentLocale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(recording.on));
  return (
    <p className={styles.recorded}>
      <Translate id="demo.recorded" values={{ day, release: recording.release }}>
        {"Recorded on {day}: Askdocs {release} on these docs, without a language model. Choose a number to see its sentence."}
      </Translate>
    </p>
  );
}

/** Numbers of the real chat light their sentence here as well, where the page beside it can be seen. */
function useCitationsOfTheChat(show: (citation: Pick<Citation, "url" | "quote">) => Promise<boolean>): void {
  useEffect(() => {
    const navigate = (event: Event): void => {
      const { url, quote } = (event as CustomEvent<{ url: string; quote: string }>).detail;
      if (!window.matchMedia("(min-width: 1200px)").matches || new URL(url, location.href).origin !== location.origin) {
        return;
      }
      event.preventDefault();
      window.scrollTo({ top: 0 });
      void show({ url, quote }).then((there) => there || window.location.assign(url));
    };
    document.addEventListener("askdocs:navigate", navigate);
    return () => document.removeEventListener("askdocs:navigate", navigate);
  });
}

function Answer({ chosen, onChoose }: { chosen: number; onChoose: (mark: number, citation: Citation) => void }): ReactNode {
  let mark = 0;
  return recording.answer.map((block, place) => {
    const first = mark;
    mark += block.runs.filter(({ as }) => as === "mark").length;
    return <AnswerBlock key={place} block={block} place={place} first={first} chosen={chosen} onChoose={onChoose} />;
  });
}

/** What a number stands behind, so that both stay on one line; "" behind code and where there is nothing. */
function lastWord(run: Run | undefined): string {
  return run === undefined || run.as !== undefined ? "" : (/\S+$/.exec(run.text)?.[0] ?? "");
}

interface AnswerBlockProps {
  block: Block;
  place: number;
  /** The number, from 0, of the block's first mark. */
  first: number;
  chosen: number;
  onChoose: (mark: number, citation: Citation) => void;
}

function AnswerBlock({ block, place, first, chosen, onChoose }: AnswerBlockProps): ReactNode {
  let next = first;
  const content = block.runs.map((run, key) => {
    if (run.as === "mark") {
      const mark = next++;
      const citation = recording.citations[mark]!;
      const label = translate({ id: "demo.mark", message: "Source {number}: {quote}" }, { number: run.text, quote: citation.quote });
      return (
        <span key={key} className={styles.together}>
          {lastWord(block.runs[key - 1])}
          <button type="button" className={styles.mark} aria-label={label} aria-pressed={mark === chosen} onClick={() => onChoose(mark, citation)}>
            {run.text}
          </button>
        </span>
      );
    }
    const text = block.runs[key + 1]?.as === "mark" ? run.text.slice(0, run.text.length - lastWord(run).length) : run.text;
    return run.as === "code" ? <code key={key}>{text}</code> : run.as === "strong" ? <strong key={key}>{text}</strong> : text;
  });
  const appears = { className: clsx(styles.appears, block.kind === "item" && styles.item), style: { "--place": place } as CSSProperties };
  return block.kind === "code" ? <pre {...appears}>{content}</pre> : <p {...appears}>{content}</p>;
}
