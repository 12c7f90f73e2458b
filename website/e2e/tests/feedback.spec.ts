import { expect, test } from "../harness/fixtures.js";
import { SITE_KEY } from "../harness/backend.js";

interface Message {
  role: string;
  feedback: { vote: string; reason: string | null; comment: string } | null;
}

test.beforeEach(async ({ chat, page, plain }) => {
  await page.goto(`${plain.url}/docs/start/what-it-is`);
  await chat.open();
});

test("a judgement with its reason is stored with the answer", async ({ chat, page, plain }) => {
  await chat.askAndWait("How do I go back to an earlier revision?");
  const session = await page.evaluate(
    (key) => (JSON.parse(sessionStorage.getItem(`askdocs:${key}:version:0.1.0`) ?? "{}") as { session: string }).session,
    SITE_KEY,
  );
  const read = async (): Promise<Message | undefined> => {
    const address = `${plain.url}/api/v1/sites/${SITE_KEY}/session`;
    const response = await fetch(address, { headers: { "x-askdocs-session": session } });
    return ((await response.json()) as { messages: Message[] }).messages.find(({ role }) => role === "assistant");
  };

  await chat.turn.getByRole("button", { name: "Not helpful" }).click();
  await chat.turn.getByRole("button", { name: "Out of date" }).click();
  await chat.turn.getByRole("textbox").fill("The flag has another name.");
  await chat.turn.getByRole("button", { name: "Send feedback" }).click();
  await expect(chat.turn).toContainText("Thank you.");
  expect((await read())?.feedback).toMatchObject({ vote: "down", reason: "outdated", comment: "The flag has another name." });

  await chat.turn.getByRole("button", { name: "Helpful", exact: true }).click();
  await expect.poll(async () => (await read())?.feedback?.vote).toBe("up");
});

test("every reason the chat offers is one that the server takes", async ({ chat, page }) => {
  await chat.askAndWait("How do I go back to an earlier revision?");
  const notHelpful = chat.turn.getByRole("button", { name: "Not helpful" });
  await notHelpful.click();
  const labels = await chat.turn.getByRole("group").locator("button[aria-pressed]").allInnerTexts();
  expect(labels.length).toBeGreaterThan(2);
  for (const label of labels) {
    await notHelpful.click();
    await chat.turn.getByRole("button", { name: label, exact: true }).click();
    const stored = page.waitForResponse((response) => /"reason":"[a-z]/.test(response.request().postData() ?? ""));
    await chat.turn.getByRole("button", { name: "Send feedback" }).click();
    expect((await stored).status(), label).toBe(204);
    await expect(chat.turn).toContainText("Thank you.");
  }
});
