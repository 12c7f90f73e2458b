/** The entry for bundlers that want the element registered: `import "askdocs-widget/define"`. */

import { AskdocsChat } from "./index.js";

// Where pages are rendered on a server there is nothing to register with.
if ("customElements" in globalThis) {
  AskdocsChat.define();
}

export { AskdocsChat };
