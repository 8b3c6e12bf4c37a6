/** How a message is settled; the subscription it came by knows. */
export interface Settler {
  ack(ackId: string, epoch: number): void;
  nack(ackId: string, epoch: number, requeue: boolean): void;
}

const decoder = new TextDecoder();

/** A message that came for a subscription. */
export class Message {
  /** The body, as octets. */
  readonly bytes: Uint8Array;

  readonly #pairs: string[];
  readonly #settler: Settler;
  readonly #ackId: string | undefined;
  readonly #epoch: number;
  #headers: Readonly<Record<string, string>> | undefined;
  #text: string | undefined;

  /** @internal */
  constructor(settler: Settler, epoch: number, ackId: string | undefined, pairs: string[], bytes: Uint8Array) {
    this.#settler = settler;
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

  /**
   * Accepts the message: it is done. In mode `auto` there is nothing to do; after a reconnect nothing happens either,
   * since the message is the server's again and comes again.
   */
  ack(): void {
    if (this.#ackId !== undefined) this.#settler.ack(this.#ackId, this.#epoch);
  }

  /** Gives the message back to its queue, or with `requeue: false` refuses it for good. */
  nack(options: { requeue?: boolean } = {}): void {
    if (this.#ackId !== undefined) this.#settler.nack(this.#ackId, this.#epoch, options.requeue ?? true);
  }
}

function toRecord(pairs: string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < pairs.length; index += 2) headers[pairs[index]!] = pairs[index + 1]!;
  return headers;
}
