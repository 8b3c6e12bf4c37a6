import { type Death, readDeaths } from "./death.js";
import { readContent } from "./content.js";
import { invalid } from "./error.js";
import { readHeaders } from "./headers.js";
import { duration } from "./options.js";
import type { Confirmation, MessageOptions, PublishBody, PublishOptions } from "./publish.js";
import { invalidBody } from "./validate.js";

/** How to give a message back. */
export interface NackOptions {
  /** Whether it goes back to its queue. `false` refuses it for good: it is dead-lettered, or dropped. Default `true`. */
  requeue?: boolean;
  /** Milliseconds after which it comes back; others go on meanwhile. */
  delay?: number;
  /** What to write on the dead letter. */
  reason?: string;
}

/** What a message asks of the client that it came to. */
export interface MessageLink {
  /** Settles a delivery; without `nack`, accepts it. */
  settle(ackId: string, epoch: number, nack: NackOptions | undefined, transaction: number | undefined): void;
  publish(destination: string, body: PublishBody, options: PublishOptions): Promise<Confirmation>;
}

/** What the messages of one subscription have in common. */
export interface MessageSource<T> {
  link: MessageLink;
  /** Reads the body and checks it, if somebody wants that. What it throws is told as `invalid-body`. */
  readBody: ((message: Message) => T) | undefined;
  /** The message with this number, of the connection with this epoch, was settled. */
  handleSettled(epoch: number, number: number): void;
}

const decoder = new TextDecoder();

/** A message that came for a subscription. `T` is what its body is known to be. */
export class Message<T = unknown> {
  readonly #source: MessageSource<T>;
  readonly #epoch: number;
  readonly #number: number;
  readonly #octets: Uint8Array;
  readonly #bodyStart: number;
  #headers: Readonly<Record<string, string>> | undefined;
  #text: string | undefined;
  #bytes: Uint8Array | undefined;
  #body: { value: T } | undefined;
  #isSettled = false;

  /** `octets` holds the header lines and the body. @internal */
  constructor(source: MessageSource<T>, epoch: number, number: number, octets: Uint8Array, bodyStart: number) {
    this.#source = source;
    this.#epoch = epoch;
    this.#number = number;
    this.#octets = octets;
    this.#bodyStart = bodyStart;
  }

  /** All headers of the message. */
  get headers(): Readonly<Record<string, string>> {
    return (this.#headers ??= readHeaders(decoder.decode(this.#octets.subarray(0, this.#bodyStart))));
  }

  /** Where it was published to. */
  get destination(): string {
    return this.headers["destination"] ?? "";
  }

  /** The body, as octets. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#octets.slice(this.#bodyStart));
  }

  /** The body, read as UTF-8. */
  get text(): string {
    return (this.#text ??= decoder.decode(this.#octets.subarray(this.#bodyStart)));
  }

  /**
   * The body, read as its `content-type` says: the value of JSON, a string for `text/*`, else octets. With a validator it
   * is what that made of the JSON. Throws a WharfError `invalid-body` when it is not that.
   */
  get body(): T {
    return (this.#body ??= { value: this.#readBody() }).value;
  }

  /** The body, read as JSON, and as the subscription's validator made it. Throws when it is none. */
  json<U = T>(): U {
    return (this.#source.readBody ? this.body : JSON.parse(this.text)) as U;
  }

  /** Whether it has been delivered before, to you or to somebody else. */
  get redelivered(): boolean {
    return this.headers["redelivered"] === "true";
  }

  /** Which delivery of this message it is, counted from 1. */
  get deliveryCount(): number {
    return Number(this.headers["delivery-count"] ?? 1);
  }

  /** Its number in the stream that it comes from. */
  get offset(): number | undefined {
    const offset = this.headers["x-stream-offset"];
    return offset === undefined ? undefined : Number(offset);
  }

  /** What its offset belongs to: a stream of the same name that is created later has another. */
  get epoch(): string | undefined {
    return this.headers["x-stream-epoch"];
  }

  /** Where it died before it came here, the latest first: why, in which queue, how often. Empty: it never did. */
  get deaths(): Death[] {
    return readDeaths(this.headers["x-death"]);
  }

  /**
   * Accepts the message: it is done. In mode `auto` there is nothing to do; after a reconnect nothing happens either,
   * since the message is the server's again and comes again.
   */
  ack(): void {
    this.settle(this.#source.link, undefined);
  }

  /** Gives the message back to its queue, at once or after a delay, or with `requeue: false` refuses it for good. */
  nack(options: NackOptions = {}): void {
    this.settle(this.#source.link, options);
  }

  /** Answers a request: publishes to where it wants its reply. Resolved when the broker has taken it. */
  async reply(body: PublishBody = "", options: Omit<MessageOptions, "correlationId"> = {}): Promise<Confirmation> {
    const destination = this.headers["reply-to"];
    if (!destination) throw invalid("this message asks for no reply: it has no header reply-to");
    const correlationId = this.headers["correlation-id"];
    return this.#source.link.publish(destination, body, correlationId === undefined ? options : { ...options, correlationId });
  }

  /** @internal */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** @internal */
  settle(link: MessageLink, nack: NackOptions | undefined, transaction?: number): void {
    if (link !== this.#source.link) throw invalid("this message came to another client");
    if (nack?.delay !== undefined) duration("delay", nack.delay, 0);
    if (nack?.delay !== undefined && nack.requeue === false) throw invalid("what does not go back to its queue has no delay");
    const ackId = this.headers["ack"];
    if (ackId !== undefined) link.settle(ackId, this.#epoch, nack, transaction);
    if (!this.#isSettled) this.#source.handleSettled(this.#epoch, this.#number);
    this.#isSettled = true;
  }

  #readBody(): T {
    try {
      return (this.#source.readBody ?? readContent)(this) as T;
    } catch (error) {
      throw invalidBody(error);
    }
  }
}
