/** The entry for bundlers: the class and its types, registered by nobody yet. */

import { AskdocsChat } from "./element.js";

AskdocsChat.load = () => import("./panel.js");

export type { AskdocsEvents, FailureCode, Vote } from "./contract.js";
export { AskdocsChat };
