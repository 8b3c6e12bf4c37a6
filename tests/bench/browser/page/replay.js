// What the gateway said to a client, kept and said again: then nothing but the client's own work takes time.

/** A WebSocket that keeps what comes over it in `records`. */
export function recording(records) {
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => records.push(data));
    }
  };
}

/**
 * A WebSocket that says again what was recorded: the answer to CONNECT, what came before the first MESSAGE, and then, with
 * `play`, the messages over and over.
 */
export class Replay extends EventTarget {
  static last;
  readyState = 0;
  protocol = "v12.stomp";
  extensions = "";
  bufferedAmount = 0;
  binaryType = "blob";
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  constructor(url) {
    super();
    this.url = url;
    Replay.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.#tell(new Event("open"));
    });
  }

  /** To be set before a client is made: { answers, messages }. */
  static recorded;

  /** Each frame of the client has the next answer, as long as there is one. */
  #answered = 0;
  send(frame) {
    if (begins(frame, "DISCONNECT")) return this.close();
    const answer = Replay.recorded.answers[this.#answered];
    this.#answered += 1;
    if (answer !== undefined) queueMicrotask(() => this.say(answer));
  }

  close() {
    this.readyState = 3;
    queueMicrotask(() => this.#tell(new CloseEvent("close", { code: 1000, wasClean: true })));
  }

  say(data) {
    this.#tell(new MessageEvent("message", { data }));
  }

  #tell(event) {
    this[`on${event.type}`]?.(event);
    this.dispatchEvent(event);
  }
}

/** Whether a frame, as text or as octets, is of this kind. */
function begins(frame, command) {
  const octets = typeof frame === "string" ? new TextEncoder().encode(frame.slice(0, command.length)) : new Uint8Array(frame.buffer ?? frame, frame.byteOffset ?? 0);
  return new TextDecoder().decode(octets.subarray(0, command.length)) === command;
}

/** Splits a record into what was answered and the messages. */
export function split(records) {
  const isMessage = (data) => begins(data, "MESSAGE");
  const first = records.findIndex(isMessage);
  return { answers: records.slice(0, first), messages: records.slice(first).filter(isMessage) };
}
