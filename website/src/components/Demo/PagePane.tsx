/** A part of a page, with the cited sentence lit and in view. */

import { useEffect, useRef, type ReactNode } from "react";
import Translate, { translate } from "@docusaurus/Translate";
import { find, light, type Block, type Place, type Shown } from "../../plain/blocks";
import styles from "./styles.module.css";

export function PagePane({ shown, quote }: { shown: Shown; quote: string }): ReactNode {
  const pane = useRef<HTMLDivElement>(null);
  const place = find(shown.blocks, quote);
  useEffect(() => {
    const lit = pane.current?.querySelector<HTMLElement>("mark");
    if (lit) {
      // The pane alone: the reader's page stays where it is.
      pane.current!.scrollTop = lit.offsetTop - pane.current!.clientHeight / 3;
    }
  }, [shown, quote]);
  return (
    <div className={styles.page}>
      <div className={styles.address}>
        <span className={styles.path}>{shown.url}</span>
        {/* A full load: that is what lets the browser go to the very sentence. */}
        <a href={target(shown.url, quote)}>
          <Translate id="demo.open">Open</Translate>
        </a>
      </div>
      <div ref={pane} className={styles.content} lang="en" tabIndex={0} role="region" aria-label={translate({ id: "demo.page", message: "The cited page" })}>
        {shown.blocks.map((block, index) => (
          <PageBlock key={`${shown.url} ${index}`} block={block} place={place?.block === index ? place : null} />
        ))}
      </div>
    </div>
  );
}

/** The address with a text fragment, which browsers scroll to and mark. */
function target(url: string, quote: string): string {
  const fragment = `:~:text=${encodeURIComponent(quote).replaceAll("-", "%2D")}`;
  return quote === "" ? url : `${url}${url.includes("#") ? "" : "#"}${fragment}`;
}

function PageBlock({ block, place }: { block: Block; place: Place | null }): ReactNode {
  const runs = place === null ? block.runs.map((run) => ({ ...run, lit: false })) : light(block.runs, place.from, place.to);
  const content = runs.map(({ text, as, lit }, key) => {
    const inner = as === "code" ? <code>{text}</code> : as === "strong" ? <strong>{text}</strong> : text;
    return lit ? <mark key={key} className={styles.lit}>{inner}</mark> : <span key={key}>{inner}</span>;
  });
  switch (block.kind) {
    case "title":
      return <p className={styles.title}>{content}</p>;
    case "heading":
      return <p className={styles.heading}>{content}</p>;
    case "item":
      return <p className={styles.item}>{content}</p>;
    case "code":
      return <pre>{content}</pre>;
    case "row":
    case "text":
      return <p>{content}</p>;
  }
}
