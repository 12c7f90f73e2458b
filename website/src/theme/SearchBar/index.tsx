/** The search button of the navigation bar. The dialog behind it is fetched when somebody is about to use it. */

import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import Translate, { translate } from "@docusaurus/Translate";
import styles from "./styles.module.css";

const load = () => import("./Dialog");
const Dialog = lazy(load);

/** Asks any page to open the search: `document.dispatchEvent(new Event(OPEN_SEARCH))`. */
export const OPEN_SEARCH = "askdocs:search";

export default function SearchBar(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const open = (): void => setOpen(true);
    const press = (event: KeyboardEvent): void => {
      const isShortcut = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey;
      if (isShortcut && !event.defaultPrevented) {
        event.preventDefault();
        setOpen((was) => !was);
      }
    };
    document.addEventListener("keydown", press);
    document.addEventListener(OPEN_SEARCH, open);
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener(OPEN_SEARCH, open);
    };
  }, []);
  return (
    <>
      <button
        type="button"
        className={styles.button}
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        aria-label={translate({ id: "search.button", message: "Search" })}
        onClick={() => setOpen(true)}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
      >
        <svg aria-hidden="true" width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.8">
          <circle cx="8.5" cy="8.5" r="5.7" />
          <path d="m13 13 4.6 4.6" strokeLinecap="round" />
        </svg>
        <span className={styles.label}>
          <Translate id="search.button">Search</Translate>
        </span>
        <kbd className={styles.keys}>Ctrl K</kbd>
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <Dialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
