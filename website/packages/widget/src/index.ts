/** The entry for bundlers: the class and its types, registered by nobody yet. */

import { AskdocsChat } from "./element.js";

// Taken apart, so that the bundler makes no object of all that the chunk holds: 70 B gzip.
AskdocsChat.load = () => import("./panel.js").then(({ mount }) => ({ mount }));

export type { AskdocsEvents, FailureCode, Vote } from "./contract.js";
export { AskdocsChat };
