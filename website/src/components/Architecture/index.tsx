/** The parts of Askdocs and what passes between them, drawn in the site's own colours so that it follows its mode. */

import type { ReactNode } from "react";
import { translate } from "@docusaurus/Translate";
import styles from "./styles.module.css";

interface BoxProps {
  x: number;
  y: number;
  width?: number;
  name: string;
  about: string;
  main?: boolean;
}

function Box({ x, y, width = 150, name, about, main }: BoxProps): ReactNode {
  return (
    <g transform={`translate(${x} ${y})`} className={main ? styles.main : styles.box}>
      <rect width={width} height="58" rx="9" />
      <text x={width / 2} y="25" className={styles.name}>
        {name}
      </text>
      <text x={width / 2} y="43" className={styles.about}>
        {about}
      </text>
    </g>
  );
}

export default function Architecture(): ReactNode {
  return (
    <figure className={styles.figure}>
      {/* On a phone it scrolls rather than shrinking to what nobody can read. */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={translate({ id: "architecture.label", message: "Diagram of the parts" })}>
        <svg
          viewBox="0 0 820 292"
          role="img"
          aria-label={translate({
            id: "architecture.about",
            message:
              "The chat on a docs site asks the backend, which streams an answer whose citations lead back into the docs. " +
              "The built site is read by the index. The backend keeps passages in Qdrant and records in SQL, both embedded at first. " +
              "Gemini and Redis are optional.",
          })}
        >
          <defs>
            <marker id="architecture-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
              <path d="M0 0 8 4 0 8Z" className={styles.tip} />
            </marker>
          </defs>
          <g className={styles.ways}>
            <path d="M180 66H296" markerEnd="url(#architecture-tip)" />
            <path d="M296 88H182" markerEnd="url(#architecture-tip)" />
            <path d="M105 106V184" markerEnd="url(#architecture-tip)" />
            <path d="M180 214H296" markerEnd="url(#architecture-tip)" />
            <path d="M374 184V108" markerEnd="url(#architecture-tip)" />
            <path d="M450 66C500 66 510 39 556 39" markerEnd="url(#architecture-tip)" />
            <path d="M450 77C500 77 510 110 556 110" markerEnd="url(#architecture-tip)" />
            <path d="M450 213C520 213 470 124 556 116" markerEnd="url(#architecture-tip)" />
            <path d="M450 88C490 88 500 181 556 181" markerEnd="url(#architecture-tip)" className={styles.optional} />
            <path d="M450 96C480 96 490 252 556 252" markerEnd="url(#architecture-tip)" className={styles.optional} />
          </g>
          <g className={styles.says}>
            <text x="238" y="57">question</text>
            <text x="239" y="105">answer, streamed</text>
            <text x="113" y="150" className={styles.start}>
              citations lead to sentences
            </text>
            <text x="238" y="205">pages, manifest</text>
            <text x="366" y="150" className={styles.end}>
              revisions
            </text>
          </g>
          <Box x={30} y={48} name="Chat" about="on every page" />
          <Box x={30} y={184} name="Your docs" about="built, or Markdown" />
          <Box x={298} y={48} name="Backend" about="finds, answers, checks" width={152} main />
          <Box x={298} y={184} name="askdocs index" about="only what changed" width={152} main />
          <Box x={560} y={10} name="SQL" about="SQLite, or PostgreSQL" width={230} />
          <Box x={560} y={81} name="Qdrant" about="in the process, or a server" width={230} />
          <g className={styles.dashed}>
            <Box x={560} y={152} name="Gemini" about="optional: writes answers" width={230} />
            <Box x={560} y={223} name="Redis" about="optional: limits, kept answers" width={230} />
          </g>
        </svg>
      </div>
    </figure>
  );
}
