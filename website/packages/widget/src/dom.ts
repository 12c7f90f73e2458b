/** Makes DOM nodes. Nothing here parses HTML, and no attribute carries style or script. */

export type Child = Node | string | undefined | false;

/** An element with attributes (false and undefined leave one out, true makes it empty) and children. */
export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | number | boolean | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export function button(
  attributes: Record<string, string | boolean | undefined>,
  press: () => unknown,
  ...children: Child[]
): HTMLButtonElement {
  const made = create("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", () => void press());
  return made;
}

/** A button that shows a picture and says its name to screen readers and under the pointer. */
export function iconButton(
  icon: Icon,
  label: string,
  part: string,
  press: () => unknown,
): HTMLButtonElement {
  return button({ "aria-label": label, title: label, class: "icon", part }, press, drawIcon(icon));
}

/** A name, or a path of lines on a 24 × 24 grid. */
export type Icon = keyof typeof ICONS | `M${string}`;

/** Lines on a 24 × 24 grid. */
const ICONS = {
  expand: "M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6",
  close: "M6 6l12 12M18 6 6 18",
  fresh: "M12 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-6M9 15l.5-3L18 3.5l2.5 2.5L12 14.5z",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  down: "M12 5v14M6 13l6 6 6-6",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  check: "M5 13l4 4L19 7",
} as const;

export function drawIcon(icon: Icon): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", icon in ICONS ? ICONS[icon as keyof typeof ICONS] : icon);
  svg.append(path);
  return svg;
}
