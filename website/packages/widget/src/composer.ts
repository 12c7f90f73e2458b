/** Where readers write: a growing text field with a button that sends, and stops while an answer comes. */

import { create, drawIcon } from "./dom.js";
import { fill, type Strings } from "./strings/index.js";

export interface ComposerActions {
  /** Whether the question was taken: the field is emptied then. */
  send(question: string): boolean;
  stop(): void;
}

const MOST_ROWS = 6;

export class Composer {
  readonly element = create("form", { class: "composer", part: "composer" });
  readonly #field: HTMLTextAreaElement;
  readonly #hint = create("p", { class: "hint", id: "hint", role: "status" });
  readonly #button = create("button", { class: "send", part: "send" });
  #busy: boolean | undefined;

  constructor(
    private readonly strings: Strings,
    private readonly maxLength: number,
    private readonly actions: ComposerActions,
  ) {
    const { placeholder } = strings;
    this.#field = create("textarea", {
      part: "input",
      rows: 1,
      placeholder,
      "aria-label": placeholder,
      "aria-describedby": "hint",
      enterkeyhint: "send",
      dir: "auto",
    });
    this.element.append(create("div", { class: "field" }, this.#field, this.#button), this.#hint);
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#field.addEventListener("input", () => this.#refresh());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#busy ? this.actions.stop() : this.#send();
    });
    this.setBusy(false);
  }

  focus(): void {
    this.#field.focus({ preventScroll: true });
  }

  setBusy(busy: boolean): void {
    if (busy === this.#busy) {
      return;
    }
    const label = busy ? this.strings.stop : this.strings.send;
    this.#busy = busy;
    this.#button.replaceChildren(drawIcon(busy ? "stop" : "send"));
    this.#button.classList.toggle("busy", busy);
    this.#button.ariaLabel = label;
    this.#button.title = label;
    this.#refresh();
  }

  /** Puts a question into the field that is to be asked, unless something is written there. */
  fill(question: string): void {
    this.#field.value ||= question;
    this.#refresh();
  }

  #press(event: KeyboardEvent): void {
    // Enter that ends a composition (of Japanese, say) is not meant to send.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari tells it by the code 229 alone.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) {
      return;
    }
    event.preventDefault();
    if (this.#busy) {
      this.#hint.textContent = this.strings.busy;
    } else {
      this.#send();
    }
  }

  #send(): void {
    const question = this.#field.value.trim();
    if (question !== "" && question.length <= this.maxLength && this.actions.send(question)) {
      this.#field.value = "";
      this.#refresh();
    }
  }

  #refresh(): void {
    const { value } = this.#field;
    const excess = value.trim().length - this.maxLength;
    this.#hint.textContent = excess > 0 ? fill(this.strings.tooLong, excess) : "";
    this.#field.ariaInvalid = String(excess > 0);
    this.#button.disabled = !this.#busy && (value.trim() === "" || excess > 0);
    this.#field.rows = Math.min(MOST_ROWS, value.split("\n").length);
  }
}
