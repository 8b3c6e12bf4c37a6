import { type CloudEvent, readEvent } from "./cloud-event.js";
import { deferred } from "./deferred.js";
import { invalid, type WharfError } from "./error.js";
import { EventMessage } from "./event-message.js";
import { Line } from "./line.js";
import { Message, type MessageLink, type MessageSource } from "./message.js";
import { type AckMode, count } from "./options.js";
import type { StreamOptions } from "./stream.js";
import { readValidator, type Validator } from "./validate.js";
import { Work } from "./work.js";

/** Settings of a subscription. `T` is what the bodies of its messages are known to be. */
export interface SubscribeOptions<T = unknown> extends StreamOptions {
  /**
   * How deliveries are settled. Default `auto`. `handler`: each by what becomes of its handler, which may be `async`: when
   * it is done the message is accepted, when it throws or rejects the message is given back and the client's event
   * `error` tells; what the handler has settled itself is left alone.
   */
  ack?: AckMode | "handler";
  /**
   * How many messages the handler may have at a time: the others wait here until its promise is settled. Default: 1 with
   * `ack: "handler"`, else no limit.
   */
  concurrency?: number;
  /**
   * Most messages to be sent before they are settled; 0: no limit. Only with an `ack` other than `auto`. Default: 100 for
   * a loop, twice the concurrency with `ack: "handler"`, else no limit.
   */
  prefetch?: number;
  /**
   * Messages that may be sent before more are granted with {@link Subscription.grant}; 0: none yet. Default: no limit.
   * After a reconnect it is what was granted and not yet used.
   */
  credit?: number;
  /** The same in octets of bodies. */
  creditBytes?: number;
  /**
   * Checks each body, which must be JSON: a function, or a schema of a library that follows Standard Schema. A message
   * that does not pass is not handed on: the event `error` tells, with the code `invalid-body`, and where each message is
   * settled by itself it is refused for good.
   */
  validate?: Validator<T>;
  /** Milliseconds within which {@link Subscription.ready} must be resolved: else it fails with `timeout`, and the subscription ends. Default: for ever. */
  timeout?: number;
  /** Ends the subscription. */
  signal?: AbortSignal;
  /** More headers of the SUBSCRIBE frame. */
  headers?: Record<string, string>;
}

/** What is known of a subscription: see {@link Client.inspect}. */
export interface SubscriptionInfo {
  /** Its number in this client, which is its `id` in frames. */
  number: number;
  destination: string;
  ack: AckMode;
  /** Messages that came, over all connections. */
  received: number;
  /** Messages of this connection that wait to be settled. */
  unsettled: number;
  /** Messages that came and wait here for the handler or the loop. */
  waiting: number;
  /** Whether the server has it now. */
  isReady: boolean;
}

/** What a subscription asks of its client, and what it is. */
export interface SubscriptionLink {
  number: number;
  ack: AckMode;
  messages: MessageLink;
  /** Its messages are {@link EventMessage}s. */
  ofEvents: boolean;
  leave(): void;
  grant(count: number, bytes: number | undefined): void;
  report(error: unknown): void;
  /** Begins to drop messages, since nobody reads them. */
  tellDropped(): void;
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
export class Subscription<T = unknown, M extends Message = Message<T>> implements AsyncIterable<M> {
  /** Where it reads. */
  readonly destination: string;

  /** Settled when the server has the subscription: rejected when it is refused. */
  readonly ready: Promise<void>;

  /** Messages that were dropped here, since nobody asked for them and 100,000 were waiting (mode `auto` only). */
  missed = 0;

  readonly #link: SubscriptionLink;
  readonly #work: Work | undefined;
  readonly #source: MessageSource<T>;
  readonly #browses: boolean;
  readonly #credited: boolean;
  readonly #became = deferred<void>();
  readonly #ended = deferred<WharfError | undefined>();
  readonly #waiting = new Line<M>();
  #error: WharfError | undefined;
  #isOver = false;
  #isReady = false;
  #received = 0;
  #unsettled = 0;
  #epoch = 0;
  #readers: (() => void)[] = [];
  /** Loops that read. */
  #loops = 0;
  /** Messages are being dropped; told once, until the reader has caught up. */
  #isDropping = false;

  /** @internal */
  constructor(destination: string, handler: ((message: M) => unknown) | undefined, options: SubscribeOptions, link: SubscriptionLink) {
    const settles = options.ack === "handler";
    const check = readValidator(options.validate);
    const readChecked = check && ((message: Message) => check(JSON.parse(message.text)));
    this.destination = destination;
    this.#link = link;
    this.#work = handler && new Work(handler, concurrency(options) ?? Infinity, settles, link.report);
    this.#source = {
      link: link.messages,
      readBody: (link.ofEvents ? (message) => readEvent(message, check) : readChecked) as MessageSource<T>["readBody"],
      handleSettled: (epoch: number, number: number) => this.#handleSettled(epoch, number),
    };
    this.#browses = options.headers?.["browser"] === "true";
    this.#credited = options.credit !== undefined || options.creditBytes !== undefined;
    this.ready = this.#became.promise;
    this.ready.catch(() => {}); // who does not ask is told by the loop, or by the client's "error" event
  }

  /** Resolved when the subscription has ended: with the error that ended it, or with nothing when it was asked for. */
  get ended(): Promise<WharfError | undefined> {
    return this.#ended.promise;
  }

  /**
   * Ends the subscription; resolved when the server has let go of it, rejected when it refuses to. Until then messages that
   * are on their way may come. What nobody has read goes back to its queue, but in mode `client`, where that would take
   * back what is being worked on.
   */
  async unsubscribe(): Promise<void> {
    if (this.#isOver) return;
    this.#link.leave();
    this.#work?.leave(); // after the subscription, or it would come again
    const error = await this.#ended.promise;
    if (error) throw error;
  }

  /** Lets the server send `messages` more, and `bytes` more octets of bodies. The subscription must have begun with a `credit`. */
  grant(messages: number, bytes?: number): void {
    count("bytes", bytes);
    if (count("messages", messages) === undefined) throw invalid("how many messages?");
    if (!this.#credited) throw invalid("this subscription began without a credit: it gets all there is");
    this.#link.grant(messages, bytes);
  }

  /** Reads the messages, each once; several loops share them. */
  async *[Symbol.asyncIterator](): AsyncIterator<M, void> {
    this.#loops += 1;
    try {
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
    } finally {
      this.#loops -= 1;
      this.#giveBack();
    }
  }

  /** @internal */
  inspect(): SubscriptionInfo {
    return {
      number: this.#link.number,
      destination: this.destination,
      ack: this.#link.ack,
      received: this.#received,
      unsettled: this.#unsettled,
      waiting: this.#waiting.length + (this.#work?.length ?? 0),
      isReady: this.#isReady,
    };
  }

  /** @internal */
  deliver(epoch: number, octets: Uint8Array, bodyStart: number): void {
    this.#epoch = epoch;
    this.#received += 1;
    const Kind = (this.#link.ofEvents ? EventMessage : Message) as typeof Message;
    const message = new Kind(this.#source, epoch, this.#received, octets, bodyStart) as Message as M;
    if (this.#browses && message.headers["browser"] === "end") {
      this.#link.leave();
      this.end();
      return;
    }
    if (this.#link.ack !== "auto") this.#unsettled += 1;
    if (this.#source.readBody && !this.#isValid(message)) return;
    if (this.#work) this.#work.push(message);
    else this.#waiting.push(message);
    this.#bound();
    this.#giveBack();
    this.#wake();
  }

  /** @internal */
  begin(): void {
    this.#isReady = true;
    this.#became.resolve();
  }

  /** The connection is lost. @internal */
  handleLost(): void {
    this.#isReady = false;
    this.#unsettled = 0;
    if (this.#link.ack === "auto" || this.#browses) return;
    // The server has what was not settled again, and sends it again: to read what waits would be to read it twice.
    this.#waiting.clear();
    this.#work?.clear();
  }

  /** @internal */
  end(error?: WharfError): void {
    if (this.#isOver) return;
    if (error) this.handleLost();
    this.#isReady = false;
    this.#error = error;
    this.#isOver = true;
    this.#giveBack();
    if (error) this.#became.reject(error);
    else this.#became.resolve();
    this.#ended.resolve(error);
    this.#wake();
  }

  #isValid(message: Message): boolean {
    try {
      void message.body;
      return true;
    } catch (error) {
      // Nobody else can settle it. Where settling it would settle others, the next of them does.
      if (this.#link.ack === "client-individual") message.nack({ requeue: false, reason: "invalid body" });
      this.#link.report(error);
      return false;
    }
  }

  /** An `ack` in mode `client` covers all that came before it. */
  #handleSettled(epoch: number, number: number): void {
    if (epoch !== this.#epoch) return;
    const left = this.#link.ack === "client" ? this.#received - number : this.#unsettled - 1;
    this.#unsettled = Math.max(0, Math.min(this.#unsettled, left));
  }

  /** Nobody will read what waits. */
  #giveBack(): void {
    if (!this.#isOver || this.#loops > 0 || this.#link.ack !== "client-individual") return;
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) message.nack();
  }

  /** Without settlements nothing but this bounds what waits. */
  #bound(): void {
    if (this.#link.ack !== "auto" || this.#browses) return;
    const waiting = this.#work ?? this.#waiting;
    if (waiting.length <= BUFFER_LIMIT) {
      if (waiting.length === 0) this.#isDropping = false;
      return;
    }
    waiting.shift();
    this.missed += 1;
    if (!this.#isDropping) this.#link.tellDropped();
    this.#isDropping = true;
  }

  #wake(): void {
    if (this.#readers.length > 0) for (const read of this.#readers.splice(0)) read();
  }
}

/** A subscription to events, made by {@link Client.subscribeEvents}. `T` is what their data is known to be. */
export type EventSubscription<T = unknown> = Subscription<CloudEvent<T>, EventMessage<T>>;

/** How many messages a handler may have at a time; `undefined`: any number. */
export function concurrency({ concurrency, ack }: Pick<SubscribeOptions, "concurrency" | "ack">): number | undefined {
  if (count("concurrency", concurrency) === 0) throw invalid("concurrency must be at least 1");
  return concurrency ?? (ack === "handler" ? 1 : undefined);
}
