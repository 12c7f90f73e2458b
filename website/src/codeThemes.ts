/** Code colours that keep a contrast of at least 4.5 : 1 on their own ground. */

import type { PrismTheme } from "prism-react-renderer";

export const codeLight: PrismTheme = {
  plain: { color: "#24292f", backgroundColor: "#f4f6f6" },
  styles: [
    { types: ["comment", "prolog"], style: { color: "#57606a", fontStyle: "italic" } },
    { types: ["string", "attr-value", "inserted"], style: { color: "#0a5a3c" } },
    { types: ["keyword", "boolean", "atrule", "important"], style: { color: "#8a2a6b" } },
    { types: ["number", "constant", "symbol"], style: { color: "#0550ae" } },
    { types: ["function", "class-name", "tag", "property", "attr-name", "key"], style: { color: "#0b4f8a" } },
    { types: ["deleted"], style: { color: "#9a1c1c" } },
  ],
};

export const codeDark: PrismTheme = {
  plain: { color: "#e2e8e8", backgroundColor: "#22282b" },
  styles: [
    { types: ["comment", "prolog"], style: { color: "#a3b0b5", fontStyle: "italic" } },
    { types: ["string", "attr-value", "inserted"], style: { color: "#8edcae" } },
    { types: ["keyword", "boolean", "atrule", "important"], style: { color: "#f2a5d2" } },
    { types: ["number", "constant", "symbol"], style: { color: "#9cc9ff" } },
    { types: ["function", "class-name", "tag", "property", "attr-name", "key"], style: { color: "#8fd3f0" } },
    { types: ["deleted"], style: { color: "#ffa8a0" } },
  ],
};
