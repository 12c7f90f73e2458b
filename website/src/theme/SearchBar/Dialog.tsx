/** The search: a field, the sections that fit while the reader types, and the question itself as the last entry. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import Link from "@docusaurus/Link";
import Translate, { translate } from "@docusaurus/Translate";
import { useBackend, type Section } from "@site/src/askdocs/backend";
import { useSections } from "./useSections";
import styles from "./styles.module.css";

const CHAPTERS = [
  { to: "/docs/start", label: translate({ id: "home.start.title", message: "Start" }) },
  { to: "/docs/use", label: translate({ id: "home.use.title", message: "Use" }) },
  { to: "/docs/operate", label: translate({ id: "home.operate.title", message: "Operate" }) },
];

export default function Dialog({ onClose }: { onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const backend = useBackend();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const found = useSections(backend, query);
  const question = query.trim();
  const questions = question === "" ? backend.suggestions : [question];
  const count = found.sections.length + questions.length;
  const current = Math.min(active, count - 1);

  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  useEffect(() => setActive(0), [found]);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current, found]);

  const press = (event: KeyboardEvent): void => {
    // Enter also ends what an input method writes.
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setActive((current + (event.key === "ArrowDown" ? 1 : count - 1)) % Math.max(count, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      // Shift asks, whatever is chosen.
      const chosen = event.shiftKey ? "[data-askdocs-open]" : "[aria-selected=true]";
      list.current?.querySelector<HTMLElement>(chosen)?.click();
    }
  };

  const option = (index: number): { id: string; role: "option"; "aria-selected": boolean; tabIndex: number; onPointerMove: () => void; onClick: () => void } => ({
    id: `${id}-${index}`,
    role: "option",
    "aria-selected": index === current,
    tabIndex: -1,
    onPointerMove: () => setActive(index),
    onClick: onClose,
  });

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={translate({ id: "search.button", message: "Search" })}
      onClose={onClose}
      onClick={(event: MouseEvent) => event.target === dialog.current && onClose()}
    >
      <div className={styles.bar}>
        <input
          className={styles.field}
          // Not "search", whose field takes the first Escape to empty itself.
          type="text"
          inputMode="search"
          enterKeyHint="go"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          maxLength={200}
          role="combobox"
          aria-expanded={count > 0}
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={count > 0 ? `${id}-${current}` : undefined}
          aria-label={translate({ id: "search.field", message: "Search the docs, or ask" })}
          placeholder={translate({ id: "search.field", message: "Search the docs, or ask" })}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={press}
        />
        <button type="button" className={styles.close} onClick={onClose}>
          <Translate id="search.close">Close</Translate>
        </button>
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" className={styles.list} aria-label={translate({ id: "search.results", message: "Results" })}>
        {found.sections.map((section, index) => (
          <Link key={section.url} to={section.url} autoAddBaseUrl={false} className={styles.entry} {...option(index)}>
            <SectionEntry section={section} />
          </Link>
        ))}
        {questions.map((text, index) => (
          <div key={text} className={styles.ask} data-askdocs-open={text} {...option(found.sections.length + index)}>
            <span className={styles.askLabel}>
              <Translate id="search.ask">Ask</Translate>
            </span>
            <span className={styles.question}>{text}</span>
          </div>
        ))}
      </div>
      {found.failed && <Failed onClose={onClose} />}
      <p className={styles.status} role="status">
        {status(found.query, found.sections, found.failed)}
      </p>
    </dialog>
  );
}

function SectionEntry({ section }: { section: Section }): ReactNode {
  const [own, ...above] = [section.title, ...section.heading].reverse();
  return (
    <>
      <span className={styles.heading}>{own}</span>
      {above.length > 0 && <span className={styles.path}>{above.reverse().join(" › ")}</span>}
      <span className={styles.text}>{marked(section)}</span>
    </>
  );
}

/** The text with its marks as elements. Places count characters as the server does, which are not UTF-16's. */
function marked({ text, marks }: Section): ReactNode[] {
  const characters = Array.from(text);
  const slice = (from: number, to?: number): string => characters.slice(from, to).join("");
  const ends = [0, ...marks.map(([, end]) => end)];
  return [
    ...marks.flatMap(([start, end], index) => [slice(ends[index]!, start), <mark key={start}>{slice(start, end)}</mark>]),
    slice(ends.at(-1)!),
  ];
}

function Failed({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <p className={styles.failed}>
      <Translate id="search.failed">The search does not answer just now. The chapters:</Translate>{" "}
      {CHAPTERS.map(({ to, label }) => (
        <Link key={to} to={to} onClick={onClose}>
          {label}
        </Link>
      ))}
    </p>
  );
}

/** What screen readers hear once results are there. */
function status(query: string, sections: readonly Section[], failed: boolean): string {
  if (query.trim() === "" || failed) {
    return "";
  }
  return sections.length === 0
    ? translate({ id: "search.none", message: "No page has these words. You can ask instead." })
    : translate({ id: "search.count", message: "{count} results. The last entry asks your question." }, { count: sections.length });
}
