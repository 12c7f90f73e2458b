/** Whose conversation is whose: for applications on the AI SDK, and for readers of the widget. */

import * as first5 from "ai-5-first";
import * as late5 from "ai-5-late";
import * as latest6 from "ai-6";
import * as latest7 from "ai-7";
import { SITE_KEY, type Backend } from "../harness/backend.js";
import { Chat } from "../harness/chat.js";
import { expect, test } from "../harness/fixtures.js";
import { HELP, pageUrl } from "../harness/pages.js";
import { openChat, text, type Chat as SdkChat, type Transport } from "../parsers/chat.mjs";

const QUESTION = "How do I go back to an earlier revision?";
const ANSWER = "Run `askdocs rollback`, and the revision before the live one becomes live [1].";
const FOLLOW_UP = "And how many of them are kept?";

/** What an application calls the chat of each of its readers. */
const ID = "documentation-assistant";

const RELEASES = { "ai@5.0.0": first5, "ai@5": late5, "ai@6": latest6, "ai@7": latest7 };

function useChat(sdk: object, { url }: Backend, options: Partial<Transport> = {}): SdkChat {
  return openChat(sdk, { api: `${url}/api/v1/sites/${SITE_KEY}/chat`, ...options }, { id: ID });
}

/** The token that the newest answer carries. */
function sessionOf({ messages }: SdkChat): string {
  return (messages.at(-1)?.metadata as { session: string }).session;
}

/** The questions of a session in the server's log, or the status that says why there are none. */
async function logged({ url }: Backend, session: string): Promise<string[] | number> {
  const response = await fetch(`${url}/api/v1/sites/${SITE_KEY}/session`, { headers: { "x-askdocs-session": session } });
  if (!response.ok) {
    return response.status;
  }
  const { messages } = (await response.json()) as { messages: { role: string; text: string }[] };
  return messages.filter(({ role }) => role === "user").map(({ text }) => text);
}

for (const [release, sdk] of Object.entries(RELEASES)) {
  test(`useChat of ${release} goes on with its conversation, unmodified`, async ({ gemini, withGemini }) => {
    await gemini.script({ text: ANSWER, times: null });
    const chat = useChat(sdk, withGemini);
    await chat.sendMessage({ text: QUESTION });
    const session = sessionOf(chat);
    await chat.sendMessage({ text: FOLLOW_UP });
    expect(chat.error).toBeUndefined();
    expect(sessionOf(chat)).toBe(session);
    expect(await logged(withGemini, session)).toEqual([QUESTION, FOLLOW_UP]);
    const { contents } = (await gemini.asked()).at(-1)!.body;
    expect(contents!.map(({ role }) => role)).toEqual(["user", "model", "user"]);
    expect(JSON.stringify(contents)).toContain(QUESTION);
  });

  test(`two readers of one application on ${release} share nothing`, async ({ plain }) => {
    const [one, other] = [useChat(sdk, plain), useChat(sdk, plain)];
    await one.sendMessage({ text: QUESTION });
    await other.sendMessage({ text: FOLLOW_UP });
    expect(await logged(plain, sessionOf(one))).toEqual([QUESTION]);
    expect(await logged(plain, sessionOf(other))).toEqual([FOLLOW_UP]);
    expect(await logged(plain, ID)).toBe(404);
  });
}

/** The oldest and the newest: an answer has to be slow to be left in its middle. */
for (const release of ["ai@5.0.0", "ai@7"] as const) {
  test(`useChat of ${release} resumes an answer after a reload, and has it once`, async ({ gemini, withGemini }) => {
    await gemini.script({ text: ANSWER, pause: 0.4, times: null });
    const before = useChat(RELEASES[release], withGemini, { body: { resumable: true } });
    const asking = before.sendMessage({ text: QUESTION });
    await expect.poll(() => before.messages.at(-1)?.metadata).toBeDefined();
    const session = sessionOf(before);
    await before.stop();
    await asking;

    const after = useChat(RELEASES[release], withGemini, { headers: { "x-askdocs-session": session } });
    after.messages = before.messages.slice(0, 1);
    await after.resumeStream();
    expect(after.error).toBeUndefined();
    expect(text(after.messages.at(-1)!)).toBe(ANSWER);
    expect(sessionOf(after)).toBe(session);
    await after.resumeStream();
    expect(after.error).toBeUndefined();
    expect(after.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect((await gemini.asked()).at(-1)!.outcome).toBe("complete");
  });
}

test("the widget goes on with its conversation on the next page", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, times: null });
  await page.goto(`${withGemini.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.askAndWait(QUESTION);
  await page.goto(`${withGemini.url}/docs/use/revisions`);
  await expect(chat.turns).toHaveCount(1);
  const asking = page.waitForRequest((request) => request.url().endsWith("/chat"));
  await chat.askAndWait(FOLLOW_UP);
  const { session } = (await asking).postDataJSON() as { session: string };
  expect(await logged(withGemini, session)).toEqual([QUESTION, FOLLOW_UP]);
  expect(JSON.stringify((await gemini.asked()).at(-1)!.body.contents)).toContain(QUESTION);
});

test("text that a reader selects is asked about: the model is given it, and the log has it apart from the question", async ({ chat, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, times: null });
  await page.goto(`${withGemini.url}/docs/use/revisions`);
  const sentence = page.locator("article p").first();
  await expect(chat.launcher).toBeVisible(); // It listens from then on.
  await sentence.click({ clickCount: 3 });
  await chat.host.getByRole("button", { name: "Ask about this text" }).click();
  await chat.askAndWait("What does this mean?");
  const excerpt = (await sentence.innerText()).trim();
  await expect(chat.turn.locator("blockquote.about")).toHaveText(excerpt);
  expect(JSON.stringify((await gemini.asked()).at(-1)!.body.contents)).toContain(JSON.stringify(excerpt.slice(0, 60)).slice(1, -1));
  const asking = page.waitForRequest((request) => request.url().endsWith("/chat"));
  await chat.askAndWait(FOLLOW_UP);
  const { session } = (await asking).postDataJSON() as { session: string };
  expect(await logged(withGemini, session)).toEqual(["What does this mean?", FOLLOW_UP]);
});

test("a conversation that its reader deletes is gone, and no address ever named it", async ({ chat, page, plain }) => {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.askAndWait(QUESTION);
  const asking = page.waitForRequest((request) => request.url().endsWith("/chat"));
  await chat.askAndWait(FOLLOW_UP);
  const { session } = (await asking).postDataJSON() as { session: string };
  expect(await logged(plain, session)).toEqual([QUESTION, FOLLOW_UP]);

  await chat.dialog.getByRole("button", { name: "Delete conversation" }).click();
  await chat.dialog.getByRole("button", { name: "Delete it for good?" }).click();

  await expect(chat.turns).toHaveCount(0);
  expect(await logged(plain, session)).toBe(404);
  expect(addresses.filter((address) => address.includes(session))).toEqual([]);
});

test("tabs share a conversation: a new one goes on with it, all hear what is added, also at once, and that it was deleted", async ({ chat, context, gemini, page, withGemini }) => {
  await gemini.script({ text: ANSWER, pause: 0.1, times: null });
  await page.goto(`${withGemini.url}/docs/start/what-it-is`);
  await chat.open();
  await chat.askAndWait(QUESTION);
  const other = new Chat(await context.newPage());
  await other.page.goto(`${withGemini.url}/docs/use/revisions`);
  await other.open();
  await expect(other.turns).toHaveCount(1);
  const asking = page.waitForRequest((request) => request.url().endsWith("/chat"));
  await Promise.all([chat.askAndWait(FOLLOW_UP), other.askAndWait("What does it cost?")]);
  for (const tab of [chat, other]) {
    await expect(tab.turns).toHaveCount(3);
    await expect(tab.turns.getByRole("heading", { name: FOLLOW_UP })).toBeVisible();
    await expect(tab.turns.getByRole("heading", { name: "What does it cost?" })).toBeVisible();
  }
  const { session } = (await asking).postDataJSON() as { session: string };
  expect(await logged(withGemini, session)).toHaveLength(3);

  await other.dialog.getByRole("button", { name: "Delete conversation" }).click();
  await other.dialog.getByRole("button", { name: "Delete it for good?" }).click();
  await expect(other.turns).toHaveCount(0);
  await expect(chat.turns).toHaveCount(0);
  expect(await logged(withGemini, session)).toBe(404);
});

test("a page of another origin may delete its reader's conversation too", async ({ chat, page, plain }) => {
  await page.goto(pageUrl(plain.url));
  await chat.open();
  await chat.askAndWait(HELP);
  const deleting = page.waitForResponse((response) => response.request().method() === "DELETE");
  await chat.dialog.getByRole("button", { name: "Delete conversation" }).click();
  await chat.dialog.getByRole("button", { name: "Delete it for good?" }).click();
  expect((await deleting).status()).toBe(204);
  await expect(chat.turns).toHaveCount(0);
});
