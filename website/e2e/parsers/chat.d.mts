/** What tests in TypeScript use of chat.mjs. */

export interface Chat {
  messages: { role: string; metadata?: unknown }[];
  error: Error | undefined;
  sendMessage: (message: { text: string }) => Promise<void>;
}

export function openChat(sdk: object, options: { api: string }, chat: { id: string }): Chat;
