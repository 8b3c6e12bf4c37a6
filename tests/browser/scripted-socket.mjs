// A WebSocket that leads to a few lines of script instead of a server: for what no real server says when a test wants it.

/** Makes the class to give to `connect`. `answer` takes each frame, as `{ verb, headers, body }`, and returns frames as text. */
export function scriptedSocket(answer) {
  return class ScriptedSocket {
    #isOpen = true;

    constructor() {
      queueMicrotask(() => this.#isOpen && this.onopen?.({}));
    }

    send(octets) {
      const frame = readFrame(new TextDecoder().decode(octets));
      for (const text of frame ? answer(frame) : []) queueMicrotask(() => this.#isOpen && this.onmessage?.({ data: text }));
    }

    close() {
      this.#isOpen = false;
    }
  };
}

function readFrame(text) {
  const [head, body] = text.split("\n\n");
  const [verb, ...lines] = head.split("\n");
  if (!verb) return undefined;
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  return { verb, headers, body: body?.slice(0, -1) ?? "" };
}

/** What every server answers: CONNECTED, with these headers, and a receipt to whoever asks. */
export function politely({ verb, headers }, connected = "") {
  if (verb === "CONNECT") return [`CONNECTED\nversion:1.2\nheart-beat:0,0\n${connected}\n\0`];
  return headers.receipt ? [`RECEIPT\nreceipt-id:${headers.receipt}\n\n\0`] : [];
}
