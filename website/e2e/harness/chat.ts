/** The chat on a page, as readers know it: by roles and names. */

import { expect, type Locator, type Page } from "@playwright/test";

const NAMES = {
  en: { launcher: "Ask the docs", field: "Ask a question" },
  de: { launcher: "Doku fragen", field: "Frage stellen" },
  fr: { launcher: "Interroger la doc", field: "Posez une question" },
};

export type ChatLocale = keyof typeof NAMES;

export class Chat {
  readonly host: Locator;
  readonly launcher: Locator;
  readonly dialog: Locator;
  readonly field: Locator;
  readonly turns: Locator;

  constructor(
    readonly page: Page,
    locale: ChatLocale = "en",
  ) {
    this.host = page.locator("body > askdocs-chat");
    this.launcher = this.host.getByRole("button", { name: NAMES[locale].launcher });
    this.dialog = this.host.getByRole("dialog");
    this.field = this.dialog.getByRole("textbox", { name: NAMES[locale].field });
    this.turns = this.dialog.getByRole("article");
  }

  /** The newest question with its answer. */
  get turn(): Locator {
    return this.turns.last();
  }

  get answer(): Locator {
    return this.turn.locator(".answer");
  }

  /** The numbers in the newest answer that lead to passages. */
  get marks(): Locator {
    return this.answer.locator("a.mark");
  }

  get sources(): Locator {
    return this.turn.getByRole("list", { name: /^(Sources|Quellen)$/ }).getByRole("link");
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await expect(this.field).toBeVisible();
  }

  async ask(question: string): Promise<void> {
    await this.field.fill(question);
    await this.field.press("Enter");
    await expect(this.turn.getByRole("heading", { name: question })).toBeVisible();
  }

  /** Resolves when the newest answer is over, however it ended. */
  async over(): Promise<void> {
    await expect(this.turn).toHaveAttribute("aria-busy", "false");
  }

  async askAndWait(question: string): Promise<void> {
    await this.ask(question);
    await this.over();
  }
}
