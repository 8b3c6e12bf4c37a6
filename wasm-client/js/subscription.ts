import { deferred } from "./deferred.js";
import type { WharfError } from "./error.js";
import type { Message } from "./message.js";
import type { AckMode } from "./options.js";

/** Takes each message as it comes. */
export type MessageHandler = (message: Message) => void;

/** Settings of a subscription. */
export interface SubscribeOptions {
  /** How deliveries are settled. Default `auto`. */
  ack?: AckMode;
  /**
   * Most messages to be sent before they are settled; 0: no limit. Only with an `ack` other than `auto`. Default: 100 for
   * a loop, no limit for a handler.
   */
  prefetch?: number;
  /** More headers of the SUBSCRIBE frame. */
  headers?: Record<string, string>;
}

/** What has come and was not yet asked for. Beyond it the oldest messages make room: see {@link Subscription.missed}. */
const BUFFER_LIMIT = 100_000;

/**
 * A subscription. It lives until {@link Subscription.unsubscribe}, over any number of connections.
 *
 * Without a handler it is read with `for await`; what comes meanwhile waits in memory. The loop ends when the
 * subscription does, and throws when it is refused. Leaving the loop does not end the subscription: another loop may go
 * on, and who is done calls {@link Subscription.unsubscribe}.
 */
export class Subscription implements AsyncIterable<Message> {
  /** Where it reads. */
  readonly destination: string;

  /** Settled when the server has the subscription: rejected when it is refused. */
  readonly ready: Promise<void>;

  /** Messages that were dropped here, since nobody asked for them and 100,000 were waiting (mode `auto` only). */
  missed = 0;

  readonly #handler: MessageHandler | undefined;
  readonly #bounded: boolean;
  readonly #leave: () => void;
  readonly #became = deferred<void>();
  readonly #ended = deferred<void>();
  #waiting: Message[] = [];
  #error: WharfError | undefined;
  #isOver = false;
  #readers: (() => void)[] = [];

  /** @internal */
  constructor(destination: string, handler: MessageHandler | undefined, bounded: boolean, leave: () => void) {
    this.destination = destination;
    this.#handler = handler;
    this.#bounded = bounded;
    this.#leave = leave;
    this.ready = this.#became.promise;
    this.ready.catch(() => {}); // who does not ask is told by the loop, or by the client's "error" event
  }

  /** Ends the subscription; resolved when the server has let go of it. */
  async unsubscribe(): Promise<void> {
    if (!this.#isOver) this.#leave();
    await this.#ended.promise;
  }

  /** Reads the messages, each once; several loops share them. */
  async *[Symbol.asyncIterator](): AsyncIterator<Message, void> {
    while (true) {
      const message = this.#waiting.shift();
      if (message) {
        yield message;
      } else if (this.#error) {
        throw this.#error;
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#readers.push(resolve));
      }
    }
  }

  /** @internal */
  deliver(message: Message): void {
    if (this.#handler) {
      this.#handler(message);
      return;
    }
    this.#waiting.push(message);
    if (this.#bounded && this.#waiting.length > BUFFER_LIMIT) {
      this.#waiting.shift();
      this.missed += 1;
    }
    this.#wake();
  }

  /** @internal */
  begin(): void {
    this.#became.resolve();
  }

  /** @internal */
  end(error?: WharfError): void {
    this.#error = error;
    this.#isOver = true;
    if (error) this.#became.reject(error);
    else this.#became.resolve();
    this.#ended.resolve();
    this.#wake();
  }

  #wake(): void {
    for (const read of this.#readers.splice(0)) read();
  }
}
