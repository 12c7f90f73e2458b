/** The page's one chat. */

export type Chat = HTMLElement & { open(): Promise<void>; ask(question: string): Promise<boolean> };

export const NAME = "askdocs-chat";

export const findChat = (): Chat | null => document.querySelector<Chat>(`body > ${NAME}`);

/** Opens it, once the widget's script has run. */
export async function openChat(): Promise<void> {
  await customElements.whenDefined(NAME);
  await findChat()?.open();
}
