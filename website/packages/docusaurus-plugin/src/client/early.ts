/** A click that would open the chat, kept until the widget's script has run: until then nothing hears it. */

import { NAME, type Chat } from "./chat";

/** Does as the widget would, of several clicks the last. The element is upgraded when the script runs. */
export function keepEarlyClick(chat: Chat): void {
  if (customElements.get(NAME) !== undefined) {
    return;
  }
  let question: string | undefined;
  const keep = (event: Event): void => {
    const opener = event.target instanceof Element && event.target.closest<HTMLElement>("[data-askdocs-open]");
    if (opener) {
      event.preventDefault();
      question = opener.dataset.askdocsOpen ?? "";
    }
  };
  document.addEventListener("click", keep);
  void customElements.whenDefined(NAME).then(() => {
    document.removeEventListener("click", keep);
    if (question !== undefined) {
      void (question ? chat.ask(question) : chat.open());
    }
  });
}
