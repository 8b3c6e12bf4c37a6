// One subscription and the newest messages it received.

import { signal } from "@preact/signals";
import type { AckMode, Client, Message, Subscription } from "/client/index.js";
import { type Failure, failureOf } from "../failure.ts";
import { parseStart, startOption } from "../streams/start.ts";

export interface InboxOptions {
  destination: string;
  ack: AckMode;
  /** Most unacked messages at a time; no limit when absent. */
  prefetch?: number;
  /** Messages that may come before more are granted; no limit when absent. */
  credit?: number;
  /** Of a stream: where to begin, as `writeStart` writes it. When absent, with what comes from now on. */
  start?: string;
}

/** `returned`: the connection was lost before an answer, so the broker gives the message to someone again. */
export type Settlement = "none" | "pending" | "acked" | "nacked" | "returned";

/** What is shown of a message, however it came. */
export interface Shown {
  destination: string;
  bytes: Uint8Array;
  headers: Readonly<Record<string, string>>;
  redelivered: boolean;
  /** How often it was delivered, where the protocol says so. */
  deliveryCount?: number | undefined;
  /** Its number in the stream that it is of. */
  offset?: number | undefined;
}

export interface Received {
  /** Counts the messages of this inbox, from 1. */
  number: number;
  at: Date;
  message: Shown;
  settlement: Settlement;
}

export const KEPT_MESSAGES = 200;
/** A pending message must stay on the page to be answered, so no more may be pending than are kept. */
export const MAX_PREFETCH = KEPT_MESSAGES;
/** Arrivals are shown together: redrawing the list for each of thousands a second would freeze the page. */
const SHOW_EVERY_MS = 200;
const RATE_WINDOW_MS = 5_000;

export class Inbox {
  readonly status = signal<"opening" | "open" | "failed">("opening");
  readonly failure = signal<Failure | null>(null);
  readonly messages = signal<readonly Received[]>([]);
  readonly paused = signal(false);
  /** All arrivals, shown or not. */
  readonly count = signal(0);
  /** Messages granted so far; null without a credit. */
  readonly granted = signal<number | null>(null);
  readonly rate = signal(0);

  #subscription: Subscription | null = null;
  #arrived: Received[] = [];
  #total = 0;
  #showing: ReturnType<typeof setTimeout> | null = null;
  #measured: { at: number; total: number }[] = [];
  readonly #measuring: ReturnType<typeof setInterval>;
  /** What settles the messages that wait for it. */
  readonly #pending = new Map<number, Message>();

  constructor(
    readonly id: number,
    client: Client,
    readonly options: InboxOptions,
  ) {
    this.granted.value = options.credit ?? null;
    this.#measuring = setInterval(() => this.#measure(), 1_000);
    this.#open(client).catch((error: unknown) => this.#handleRefusal(error));
  }

  async close(): Promise<void> {
    clearInterval(this.#measuring);
    if (this.#showing) clearTimeout(this.#showing);
    if (this.status.peek() === "failed") return;
    await this.#subscription?.unsubscribe().catch(() => undefined); // nothing is left to show an error on
    this.#giveBack(); // after the subscription, or it would all come again
  }

  togglePause(): void {
    this.paused.value = !this.paused.peek();
    this.#show();
  }

  /** Pending messages stay: without them on the page nobody could answer them. */
  clear(): void {
    const pending = (received: Received) => received.settlement === "pending";
    this.#arrived = this.#arrived.filter(pending);
    this.messages.value = this.messages.peek().filter(pending);
  }

  ack(received: Received): void {
    this.#pending.get(received.number)?.ack();
    this.#settle(received, "acked");
  }

  nack(received: Received, requeue: boolean): void {
    this.#pending.get(received.number)?.nack({ requeue });
    this.#settle(received, "nacked");
  }

  /** Lets this many more come. */
  grant(messages: number): void {
    this.#subscription?.grant(messages);
    this.granted.value = (this.granted.peek() ?? 0) + messages;
  }

  handleLoss(): void {
    this.#replace((received) => received.settlement === "pending", "returned");
  }

  async #open(client: Client): Promise<void> {
    const { destination, start = "", ...options } = this.options;
    const begin = parseStart(start);
    const from = begin && { from: startOption(begin) };
    this.#subscription = client.subscribe(destination, (message) => this.#handleMessage(message), { ...options, ...from });
    await this.#subscription.ready;
    this.status.value = "open";
    const error = await this.#subscription.ended;
    if (error) throw error; // its queue was deleted, say
  }

  /** Without their list nobody could answer the pending messages, and the queue keeps them for who has them. */
  #giveBack(): void {
    const pending = [...this.#pending.values()];
    const all = this.options.ack === "client" ? pending.slice(-1) : pending; // one answer covers the earlier ones
    for (const message of all) message.nack({ requeue: true });
    this.#pending.clear();
  }

  #handleMessage(message: Message): void {
    this.#total += 1;
    const settlement = this.options.ack === "auto" ? "none" : "pending";
    if (settlement === "pending") this.#pending.set(this.#total, message);
    this.#arrived.unshift({ number: this.#total, at: new Date(), message, settlement });
    if (this.#arrived.length > 2 * KEPT_MESSAGES) this.#arrived = newest(this.#arrived);
    this.#showing ??= setTimeout(() => this.#show(), SHOW_EVERY_MS);
  }

  #show(): void {
    this.#showing = null;
    this.count.value = this.#total;
    if (this.paused.peek() || this.#arrived.length === 0) return;
    this.messages.value = newest([...this.#arrived, ...this.messages.peek()]);
    this.#arrived = [];
  }

  /** In `client` mode an answer covers the earlier deliveries too, which is what the broker does with it. */
  #settle(answered: Received, settlement: Settlement): void {
    const cumulative = this.options.ack === "client";
    this.#replace(
      (received) =>
        received.settlement === "pending" &&
        (cumulative ? received.number <= answered.number : received.number === answered.number),
      settlement,
    );
  }

  #replace(which: (received: Received) => boolean, settlement: Settlement): void {
    const replaced = (received: Received): Received => {
      if (!which(received)) return received;
      this.#pending.delete(received.number);
      return { ...received, settlement };
    };
    this.#arrived = this.#arrived.map(replaced);
    this.messages.value = this.messages.peek().map(replaced);
  }

  #handleRefusal(error: unknown): void {
    this.failure.value = failureOf(error);
    this.status.value = "failed";
    clearInterval(this.#measuring);
  }

  #measure(): void {
    const at = performance.now();
    this.#measured.push({ at, total: this.#total });
    while (this.#measured.length > 2 && at - this.#measured[0]!.at > RATE_WINDOW_MS) this.#measured.shift();
    const first = this.#measured[0]!;
    this.rate.value = at > first.at ? ((this.#total - first.total) * 1000) / (at - first.at) : 0;
  }
}

/** The newest that are kept; of those beyond, the pending ones. */
function newest(received: readonly Received[]): Received[] {
  return received.filter((one, index) => index < KEPT_MESSAGES || one.settlement === "pending");
}
