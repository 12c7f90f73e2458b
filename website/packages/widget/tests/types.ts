/** What hosts may write in TypeScript; `npm run typecheck` is the test. */

import type { AskdocsChat, AskdocsEvents } from "../src/index.js";
import { ConversationStore, parts, createClient, type Part, type Snapshot } from "../src/headless.js";

export function useElement(): void {
  const chat = document.createElement("askdocs-chat") satisfies AskdocsChat;
  chat.addEventListener("askdocs:answer", ({ detail }) => detail.messageId satisfies string);
  chat.addEventListener("askdocs:question", ({ detail }) => detail.question satisfies string | undefined);
  document.addEventListener("askdocs:navigate", (event) => {
    event.preventDefault();
    location.assign(event.detail.url satisfies string);
  });
  addEventListener("askdocs:error", ({ detail }) => detail.code satisfies AskdocsEvents["askdocs:error"]["code"]);
  // @ts-expect-error -- It has no such text unless the host says so.
  chat.addEventListener("askdocs:question", ({ detail }) => detail.question satisfies string);
  chat.setContext({ version: "2.0", pageTitle: null, locale: undefined });
  // @ts-expect-error -- A misspelt name would be lost.
  chat.setContext({ versoin: "2.0" });
  chat.setUser(null);
  // @ts-expect-error -- Whether they do is a yes or a no.
  chat.setConsent("given");
  void chat.ask("Why?").then((isTaken) => isTaken satisfies boolean);
}

export async function useHeadless(storage: Storage): Promise<Snapshot> {
  const chat = new ConversationStore({ api: "", siteKey: "pk", storage });
  const client = createClient({ api: "", siteKey: "pk", renewUser: () => Promise.resolve(null) });
  const question = { question: "Why?", page: { url: "", title: "" }, version: "", locale: "" };
  for await (const part of parts(client, question)) {
    part satisfies Part;
  }
  // @ts-expect-error -- A site is named by its key.
  new ConversationStore({ api: "" });
  return chat.getSnapshot();
}
