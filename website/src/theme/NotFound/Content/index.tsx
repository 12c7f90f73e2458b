/** What readers get at an address that leads nowhere: a search for its words, the chat, and where the docs begin. */

import { useEffect, useState, type ReactNode } from "react";
import clsx from "clsx";
import Link from "@docusaurus/Link";
import Translate from "@docusaurus/Translate";
import { useLocation } from "@docusaurus/router";
import Heading from "@theme/Heading";
import type { Props } from "@theme/NotFound/Content";
import { search, useBackend, type Section } from "@site/src/askdocs/backend";
import { OPEN_SEARCH } from "../../SearchBar";
import styles from "./styles.module.css";

export default function NotFoundContent({ className }: Props): ReactNode {
  return (
    <main className={clsx("container margin-vert--xl", className)}>
      <div className={styles.page}>
        <Heading as="h1">
          <Translate id="theme.NotFound.title">Page Not Found</Translate>
        </Heading>
        <p>
          <Translate id="notFound.text">There is no page at this address. It may have moved, or never have been here.</Translate>
        </p>
        <Nearest />
        <div className={styles.actions}>
          <button type="button" className="button button--primary" onClick={() => document.dispatchEvent(new Event(OPEN_SEARCH))}>
            <Translate id="search.button">Search</Translate>
          </button>
          <button type="button" className="button button--secondary" data-askdocs-open="">
            <Translate id="home.ask">Ask a question</Translate>
          </button>
          <Link className="button button--secondary" to="/docs">
            <Translate id="home.chapters">The documentation</Translate>
          </Link>
        </div>
      </div>
    </main>
  );
}

/** The pages that the words of the address fit best; nothing where no backend answers. */
function Nearest(): ReactNode {
  const { pathname } = useLocation();
  const { api, version, locale } = useBackend();
  const [sections, setSections] = useState<Section[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    search({ api, version, locale, suggestions: [] }, words(pathname), controller.signal).then(setSections, () => setSections([]));
    return () => controller.abort();
  }, [api, version, locale, pathname]);
  const pages = [...new Map(sections.map((section) => [section.url.replace(/#.*/, ""), section.title]))].slice(0, 4);
  // Its room is kept, so that nothing below moves when the pages come.
  return (
    <div className={styles.nearest}>
      {pages.length > 0 && (
        <>
          <p>
            <Translate id="notFound.nearest">Perhaps one of these:</Translate>
          </p>
          <ul>
            {pages.map(([url, title]) => (
              <li key={url}>
                <Link to={url} autoAddBaseUrl={false}>
                  {title}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function words(pathname: string): string {
  const path = pathname.replace(/^\/(docs|next)\b/, "").replace(/\.\w+$/, "");
  return `${path.replace(/[/_-]+/g, " ").trim()} `;
}
