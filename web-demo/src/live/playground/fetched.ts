// Messages got from a queue over HTTP: one answer, shown until the next.

import { signal } from "@preact/signals";
import { getMessages } from "../../api/messages.ts";
import type { Api } from "../../api/http.ts";
import { queueOf } from "../destinations.ts";
import { type Failure, failureOf } from "../failure.ts";
import { factsOf, octetsOf } from "../seen.ts";
import { KEPT_MESSAGES, type Received } from "./inbox.ts";

export interface FetchOptions {
  destination: string;
  /** 1 to {@link MAX_FETCH}. */
  count: number;
  /** Whether they leave the queue. */
  take: boolean;
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

  async #messages({ destination, count, take }: FetchOptions): Promise<Received[]> {
    const queue = queueOf(destination);
    if (queue === null) throw new Error(`${destination} is no queue: over HTTP only /queue/… can be read.`);
    const seen = await getMessages(this.api, this.vhost, queue, { count, disposal: take ? "ack" : "leave" });
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
      },
    }));
  }
}
