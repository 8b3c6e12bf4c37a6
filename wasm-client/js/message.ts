import { type Death, readDeaths } from "./death.js";
import { invalid } from "./error.js";
import { duration } from "./options.js";
import type { Confirmation, MessageOptions, PublishBody, PublishOptions } from "./publish.js";

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

const decoder = new TextDecoder();

/** A message that came for a subscription. */
export class Message {
  /** The body, as octets. */
  readonly bytes: Uint8Array;

  readonly #pairs: string[];
  readonly #link: MessageLink;
  readonly #ackId: string | undefined;
  readonly #epoch: number;
  #headers: Readonly<Record<string, string>> | undefined;
  #text: string | undefined;

  /** @internal */
  constructor(link: MessageLink, epoch: number, ackId: string | undefined, pairs: string[], bytes: Uint8Array) {
    this.#link = link;
    this.#epoch = epoch;
    this.#ackId = ackId;
    this.#pairs = pairs;
    this.bytes = bytes;
  }

  /** All headers of the message. */
  get headers(): Readonly<Record<string, string>> {
    return (this.#headers ??= toRecord(this.#pairs));
  }

  /** Where it was published to. */
  get destination(): string {
    return this.headers["destination"] ?? "";
  }

  /** The body, read as UTF-8. */
  get text(): string {
    return (this.#text ??= decoder.decode(this.bytes));
  }

  /** The body, read as JSON. Throws a `SyntaxError` when it is none. */
  json<T = unknown>(): T {
    return JSON.parse(this.text) as T;
  }

  /** Whether it has been delivered before, to you or to somebody else. */
  get redelivered(): boolean {
    return this.headers["redelivered"] === "true";
  }

  /** Which delivery of this message it is, counted from 1. */
  get deliveryCount(): number {
    return Number(this.headers["delivery-count"] ?? 1);
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
    this.settle(this.#link, undefined);
  }

  /** Gives the message back to its queue, at once or after a delay, or with `requeue: false` refuses it for good. */
  nack(options: NackOptions = {}): void {
    this.settle(this.#link, options);
  }

  /** Answers a request: publishes to where it wants its reply. Resolved when the broker has taken it. */
  async reply(body: PublishBody = "", options: Omit<MessageOptions, "correlationId"> = {}): Promise<Confirmation> {
    const destination = this.headers["reply-to"];
    if (!destination) throw invalid("this message asks for no reply: it has no header reply-to");
    const correlationId = this.headers["correlation-id"];
    return this.#link.publish(destination, body, correlationId === undefined ? options : { ...options, correlationId });
  }

  /** @internal */
  settle(link: MessageLink, nack: NackOptions | undefined, transaction?: number): void {
    if (link !== this.#link) throw invalid("this message came to another client");
    if (nack?.delay !== undefined) duration("delay", nack.delay, 0);
    if (nack?.delay !== undefined && nack.requeue === false) throw invalid("what does not go back to its queue has no delay");
    if (this.#ackId !== undefined) link.settle(this.#ackId, this.#epoch, nack, transaction);
  }
}

function toRecord(pairs: string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < pairs.length; index += 2) headers[pairs[index]!] = pairs[index + 1]!;
  return headers;
}
