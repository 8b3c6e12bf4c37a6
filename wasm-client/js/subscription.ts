import { deferred } from "./deferred.js";
import { invalid, type WharfError } from "./error.js";
import type { Message } from "./message.js";
import { type AckMode, count } from "./options.js";

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
  /**
   * Messages that may be sent before more are granted with {@link Subscription.grant}; 0: none yet. Default: no limit.
   * After a reconnect it is what was granted and not yet used.
   */
  credit?: number;
  /** The same in octets of bodies. */
  creditBytes?: number;
  /** More headers of the SUBSCRIBE frame. */
  headers?: Record<string, string>;
}

/** What a subscription asks of its client, and what it is. */
export interface SubscriptionLink {
  /** Whether messages may be dropped here when nobody asks for them. */
  bounded: boolean;
  /** Whether it only looks: a mark tells it that it has seen all. */
  browses: boolean;
  /** Whether it began with a credit. */
  credited: boolean;
  leave(): void;
  grant(count: number, bytes: number | undefined): void;
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
  readonly #link: SubscriptionLink;
  readonly #became = deferred<void>();
  readonly #ended = deferred<WharfError | undefined>();
  #waiting: Message[] = [];
  #error: WharfError | undefined;
  #isOver = false;
  #readers: (() => void)[] = [];

  /** @internal */
  constructor(destination: string, handler: MessageHandler | undefined, link: SubscriptionLink) {
    this.destination = destination;
    this.#handler = handler;
    this.#link = link;
    this.ready = this.#became.promise;
    this.ready.catch(() => {}); // who does not ask is told by the loop, or by the client's "error" event
  }

  /** @internal */
  get ended(): Promise<WharfError | undefined> {
    return this.#ended.promise;
  }

  /** Ends the subscription; resolved when the server has let go of it, rejected when it refuses to. */
  async unsubscribe(): Promise<void> {
    if (this.#isOver) return;
    this.#link.leave();
    const error = await this.#ended.promise;
    if (error) throw error;
  }

  /** Lets the server send `messages` more, and `bytes` more octets of bodies. The subscription must have begun with a `credit`. */
  grant(messages: number, bytes?: number): void {
    count("bytes", bytes);
    if (count("messages", messages) === undefined) throw invalid("how many messages?");
    if (!this.#link.credited) throw invalid("this subscription began without a credit: it gets all there is");
    this.#link.grant(messages, bytes);
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
    if (this.#link.browses && message.headers["browser"] === "end") {
      this.#link.leave();
      this.end();
      return;
    }
    if (this.#handler) {
      this.#handler(message);
      return;
    }
    this.#waiting.push(message);
    if (this.#link.bounded && this.#waiting.length > BUFFER_LIMIT) {
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
    if (this.#isOver) return;
    this.#error = error;
    this.#isOver = true;
    if (error) this.#became.reject(error);
    else this.#became.resolve();
    this.#ended.resolve(error);
    this.#wake();
  }

  #wake(): void {
    for (const read of this.#readers.splice(0)) read();
  }
}
