import type { Message } from "../index.js";

/** Unsettled messages of a subscription that are found by their ids; beyond it the oldest are not. */
const LIMIT = 10_000;

/** What came and may be settled by naming it. */
export class Unsettled {
  readonly #messages = new Map<string, Message>();
  readonly #isCumulative: boolean;

  /** `isCumulative`: settling one settles all that came before it. */
  constructor(isCumulative: boolean) {
    this.#isCumulative = isCumulative;
  }

  /** A message that nobody has to settle has no id. */
  add(message: Message): void {
    const id = idOf(message);
    if (id === undefined) return;
    this.#messages.set(id, message);
    if (this.#messages.size > LIMIT) this.#messages.delete(this.#messages.keys().next().value!);
  }

  find(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  forget(message: Message): void {
    const id = idOf(message);
    if (id === undefined || !this.#messages.has(id)) return;
    if (this.#isCumulative) this.#forgetBefore(id);
    this.#messages.delete(id);
  }

  #forgetBefore(id: string): void {
    for (const earlier of this.#messages.keys()) {
      if (earlier === id) return;
      this.#messages.delete(earlier);
    }
  }
}

const idOf = (message: Message): string | undefined => message.headers["ack"];
