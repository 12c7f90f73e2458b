/** What tests in TypeScript use of chat.mjs. */

export interface Part {
  type: string;
  text?: string;
}

export interface Message {
  role: string;
  metadata?: unknown;
  parts: Part[];
}

export interface Chat {
  messages: Message[];
  status: string;
  error: Error | undefined;
  sendMessage: (message: { text: string }) => Promise<void>;
  stop: () => Promise<void>;
  resumeStream: () => Promise<void>;
}

export interface Transport {
  api: string;
  body?: object;
  headers?: Record<string, string>;
}

export function openChat(sdk: object, options: Transport, chat: { id: string }): Chat;

export function text(message: Message): string;
