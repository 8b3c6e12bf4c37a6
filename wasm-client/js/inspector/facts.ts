import type { ClientInfo } from "../index.js";
import { make, setText } from "./dom.js";
import { countdown, counted, hour, number } from "./format.js";

/** What is said of a client, and how it is read from what is known of it. `undefined`: there is nothing to say. */
const FACTS: Record<string, (info: ClientInfo, now: number) => string | undefined> = {
  "Connected since": ({ connectedAt }) => (connectedAt ? hour(connectedAt) : undefined),
  "Connection": ({ epoch }) => (epoch > 0 ? `no. ${number(epoch)}` : undefined),
  "Server": ({ serverVersion }) => serverVersion,
  "Failed attempts": ({ attempts }) => (attempts > 0 ? number(attempts) : undefined),
  "Next attempt": ({ nextAttemptAt }, now) => (nextAttemptAt ? countdown(nextAttemptAt, now) : undefined),
  "Outbox": ({ outbox: { messages, octets } }) => (messages === 0 ? "empty" : `${counted(messages, "message", "messages")}, ${counted(octets, "octet", "octets")}`),
};

/** The facts of a client, as a list of names and values. */
export class Facts {
  readonly element = make("dl");
  readonly #values = new Map<string, HTMLElement>();

  constructor() {
    for (const name of Object.keys(FACTS)) {
      const value = make("dd");
      this.#values.set(name, value);
      this.element.append(make("div", {}, make("dt", {}, name), value));
    }
  }

  show(info: ClientInfo): void {
    const now = Date.now();
    for (const [name, value] of this.#values) {
      const text = FACTS[name]!(info, now);
      setText(value, text ?? "");
      value.parentElement!.hidden = text === undefined;
    }
  }
}
