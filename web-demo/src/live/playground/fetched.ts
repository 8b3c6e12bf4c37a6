// Messages got from a queue or a stream over HTTP: one answer, shown until the next.

import { signal } from "@preact/signals";
import { getMessages, type Kept, readStream, type Seen } from "../../api/messages.ts";
import type { Api } from "../../api/http.ts";
import { queueOf, streamOf } from "../destinations.ts";
import { type Failure, failureOf } from "../failure.ts";
import { factsOf, octetsOf } from "../seen.ts";
import { KEPT_MESSAGES, type Received } from "./inbox.ts";

export interface FetchOptions {
  destination: string;
  /** 1 to {@link MAX_FETCH}. */
  count: number;
  /** Whether they leave the queue. */
  take: boolean;
  /** Of a stream: where to begin. */
  start?: string;
}

export interface Answer extends FetchOptions {
  at: Date;
  messages: readonly Received[];
}

export const MAX_FETCH = KEPT_MESSAGES;

export class Fetched {
  readonly answer = signal<Answer | null>(null);
  readonly failure = signal<Failure | null>(null);
  readonly busy = signal(false);

  constructor(
    readonly api: Api,
    readonly vhost: string,
  ) {}

  async fetch(options: FetchOptions): Promise<void> {
    this.busy.value = true;
    this.failure.value = null;
    try {
      this.answer.value = { ...options, at: new Date(), messages: await this.#messages(options) };
    } catch (error) {
      this.failure.value = failureOf(error);
    } finally {
      this.busy.value = false;
    }
  }

  clear(): void {
    this.answer.value = null;
    this.failure.value = null;
  }

  #seen({ destination, count, take, start }: FetchOptions): Promise<(Seen & Partial<Kept>)[]> {
    const name = queueOf(destination) ?? streamOf(destination);
    if (name === null) throw new Error(`${destination} is no queue: over HTTP only /queue/… and /stream/… can be read.`);
    if (start !== undefined) return readStream(this.api, this.vhost, name, { offset: start, count });
    return getMessages(this.api, this.vhost, name, { count, disposal: take ? "ack" : "leave" });
  }

  async #messages(options: FetchOptions): Promise<Received[]> {
    const { destination } = options;
    const seen = await this.#seen(options);
    const at = new Date();
    return seen.map((message, index) => ({
      number: index + 1,
      at,
      settlement: "none",
      message: {
        destination,
        bytes: octetsOf(message),
        headers: Object.fromEntries(factsOf(message)),
        redelivered: message.redelivered,
        offset: message.offset,
      },
    }));
  }
}
