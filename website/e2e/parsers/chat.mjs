/** What an application built on one release of the AI SDK makes of a stream: its own chat class, unmodified. */

/** A chat as the release's `useChat` makes one, with the options of its transport and what it calls back. */
export function openChat(sdk, options, { id = "chat", ...callbacks } = {}) {
  const transport = new sdk.DefaultChatTransport(options);
  return new (chatClass(sdk))({ id, state: new ChatState(), transport, ...callbacks });
}

/**
 * Sends a question through the release's `AbstractChat` and `DefaultChatTransport`, with `body` as the server's
 * answer, and returns the assistant's message and the error if there was one.
 */
export async function receive(sdk, body) {
  let error = null;
  const options = {
    api: "https://backend.test/api/v1/sites/pk_docs_local/chat",
    fetch: () => Promise.resolve(response(body)),
  };
  const chat = openChat(sdk, options, { onError: (problem) => (error = problem) });
  await chat.sendMessage({ text: "How do I roll back?" });
  const message = chat.messages.findLast(({ role }) => role === "assistant") ?? null;
  return { message, error, status: chat.status };
}

export function text(message) {
  return message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
}

export function parts(message, type) {
  return message.parts.filter((part) => part.type === type);
}

/** Cuts the body into small pieces, in the middle of lines and of letters, as networks do. */
function response(body) {
  const bytes = new TextEncoder().encode(body);
  const size = 7;
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) {
        controller.enqueue(bytes.slice(at, at + size));
      }
      controller.close();
    },
  });
  const headers = { "content-type": "text/event-stream", "x-vercel-ai-ui-message-stream": "v1" };
  return new Response(stream, { headers });
}

function chatClass(sdk) {
  return class extends sdk.AbstractChat {};
}

/** What React's hook would hold in its store. */
class ChatState {
  status = "ready";
  error = undefined;
  messages = [];

  pushMessage = (message) => {
    this.messages = [...this.messages, message];
  };

  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };

  replaceMessage = (index, message) => {
    this.messages = this.messages.with(index, structuredClone(message));
  };

  snapshot = (value) => structuredClone(value);
}
