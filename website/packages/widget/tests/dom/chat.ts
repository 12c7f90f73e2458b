/** A chat on the test's page, and the hands and eyes of its reader. */

import { expect } from "vitest";
import { userEvent } from "vitest/browser";
import "../../src/define.js";
import type { AskdocsEvents } from "../../src/contract.js";
import type { AskdocsChat } from "../../src/element.js";

export class Chat {
  readonly element: AskdocsChat;
  readonly heard: { type: string; detail: unknown }[] = [];

  constructor(attributes: Record<string, string> = {}) {
    this.element = document.createElement("askdocs-chat");
    const all = { "site-key": "pk_test", api: "", locale: "en", version: "1.0", ...attributes };
    for (const [name, value] of Object.entries(all)) {
      this.element.setAttribute(name, value);
    }
    for (const name of ["open", "close", "question", "answer", "feedback", "error"] as const) {
      this.element.addEventListener(`askdocs:${name}`, (event) => {
        this.heard.push({ type: name, detail: (event as CustomEvent<AskdocsEvents[`askdocs:${typeof name}`]>).detail });
      });
    }
    document.body.append(this.element);
  }

  get root(): ShadowRoot {
    return this.element.shadowRoot!;
  }

  get launcher(): HTMLButtonElement {
    return this.find("[part=launcher]") as HTMLButtonElement;
  }

  get dialog(): HTMLDialogElement {
    return this.find("dialog") as HTMLDialogElement;
  }

  get input(): HTMLTextAreaElement {
    return this.find("[part=input]") as HTMLTextAreaElement;
  }

  get turns(): HTMLElement[] {
    return this.all("[part=turn]");
  }

  get isShown(): boolean {
    return this.root.querySelector("dialog")?.matches(":popover-open, [open]") ?? false;
  }

  find(selector: string): HTMLElement {
    const found = this.root.querySelector<HTMLElement>(selector);
    if (found === null) {
      throw new Error(`The chat shows no ${selector}`);
    }
    return found;
  }

  all(selector: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(selector)];
  }

  /** The button of that name. */
  button(name: string): HTMLButtonElement {
    const found = this.all("button").find((button) => (button.ariaLabel ?? button.textContent) === name && button.checkVisibility());
    if (found === undefined) {
      throw new Error(`The chat shows no button "${name}"`);
    }
    return found as HTMLButtonElement;
  }

  async open(): Promise<this> {
    await this.element.open();
    return this;
  }

  /** Types a question and sends it. */
  async send(question: string): Promise<void> {
    this.input.focus();
    this.input.value = question;
    this.input.dispatchEvent(new Event("input"));
    await userEvent.keyboard("{Enter}");
  }

  /** Sends a question and waits until its answer is over. */
  async converse(question: string): Promise<HTMLElement> {
    const before = this.turns.length;
    await this.send(question);
    await expect.poll(() => this.turns[before]?.ariaBusy).toBe("false");
    await expect.poll(() => this.turns[before]!.querySelector(".after:empty")).toBeNull();
    return this.turns[before]!;
  }
}

export async function clearPage(): Promise<void> {
  document.body.replaceChildren();
  await Promise.resolve(); // A chat that leaves the page stores its conversation.
  sessionStorage.clear();
}
