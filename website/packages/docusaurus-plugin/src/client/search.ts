/** From the site's search to the chat, with the words that were typed. */

import type { ClientModule } from "@docusaurus/types";
import { settings } from "./settings";

interface Search {
  /** Where readers type. */
  field: string;
  /** What the offer stands behind, once results are shown. */
  before(field: Element): Element | null | undefined;
}

/** The searches whose parts are known. Each names them by classes that are part of its documented theming, or begin so. */
const SEARCHES: Search[] = [
  {
    // DocSearch, also as Docusaurus' own theme has it.
    field: ".DocSearch-Input",
    before: (field) => field.closest(".DocSearch-SearchBar"),
  },
  {
    // @cmfcmf/docusaurus-search-local, which is Algolia's autocomplete in a dialog.
    field: ".aa-Input",
    before: (field) => field.closest(".aa-DetachedFormContainer"),
  },
  {
    // docusaurus-lunr-search, which is the DocSearch of its day.
    field: ".navbar__search-input.ds-input",
    before: (field) => field.parentElement?.querySelector('[class^="ds-dataset"] > :first-child'),
  },
  {
    // @easyops-cn/docusaurus-search-local.
    field: ".navbar__search-input",
    before: (field) => field.closest(".navbar__search")?.querySelector('[class*="dropdownMenu"] > :not(.askdocs-search)'),
  },
];

/** Offers to ask as soon as something is typed into a search, whenever that has come into the page. `label` holds {words}. */
function offerFromSearch(label: string): void {
  const offer = createOffer();
  let field: HTMLInputElement | undefined;

  const show = (): void => {
    const words = field?.value.trim() ?? "";
    if (field === undefined || !field.isConnected || words === "") {
      offer.remove();
      return;
    }
    if (offer.dataset.askdocsOpen !== words) {
      offer.dataset.askdocsOpen = words;
      offer.firstElementChild!.textContent = label.replace("{words}", () => words);
    }
    const before = searchOf(field)?.before(field);
    // A search that draws its results later may put them between.
    if (before && before.nextElementSibling !== offer) {
      before.after(offer);
      // What stands in a list for choosing must be one of its options.
      offer.role = offer.closest('[role="listbox"]') ? "option" : null;
    }
  };

  document.addEventListener("input", ({ target }) => {
    const search = searchOf(target);
    if (search !== undefined) {
      if (field === undefined) {
        // Results are drawn later than words are typed, and drawn anew.
        new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
      }
      field = target as HTMLInputElement;
      field.setAttribute("aria-keyshortcuts", "Alt+Enter");
      show();
    }
  }, true);

  // Before the search hears the key, to which Enter says to follow a result.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.altKey && event.target === field && offer.isConnected) {
      event.preventDefault();
      event.stopImmediatePropagation();
      offer.click();
    }
  }, true);

  // The chat hears the click on the document, later than this.
  offer.addEventListener("click", () => {
    if (field !== undefined) {
      close(field);
    }
  });
}

function searchOf(target: EventTarget | null): Search | undefined {
  return target instanceof HTMLInputElement ? SEARCHES.find(({ field }) => target.matches(field)) : undefined;
}

function createOffer(): HTMLButtonElement {
  const offer = document.createElement("button");
  offer.type = "button";
  offer.className = "askdocs-search";
  offer.dataset.askdocsOpen = "";
  offer.setAttribute("aria-keyshortcuts", "Alt+Enter");
  const keys = document.createElement("kbd");
  keys.textContent = "Alt ↵";
  keys.setAttribute("aria-hidden", "true");
  offer.append(document.createElement("span"), keys);
  // A search closes when its field loses the focus, before the click would come.
  offer.addEventListener("mousedown", (event) => event.preventDefault());
  return offer;
}

/** As a reader closes a search: each knows the Escape key, and the ones without a dialog mind the focus. */
function close(field: HTMLInputElement): void {
  // Some look at the code of the key alone.
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", code: "Escape", keyCode: 27, bubbles: true, cancelable: true }));
  field.blur();
}

let isStarted = false;

/** A client module of its own, of which sites without the option load nothing. */
const clientModule: ClientModule = {
  onRouteDidUpdate() {
    if (settings.search !== false && !isStarted) {
      isStarted = true;
      offerFromSearch(settings.search);
    }
  },
};

export default clientModule;
