// The numbers of the page: subscribes to the statistics exchange, fetches snapshots when they are needed, and
// hands each queue's row to whoever shows it.

import { batch, type Signal, signal } from "@preact/signals";
import type { Client, Subscription } from "/client/index.js";
import type { Api } from "../api/http.ts";
import { fetchSnapshot, type QueueRow } from "../api/queues.ts";
import { type Failure, failureOf } from "./failure.ts";
import { Histories } from "./histories.ts";
import { Rates } from "./rates.ts";
import { parseStatistics, Statistics, type Step } from "./statistics.ts";

const DESTINATION = "/exchange/wharf.statistics/queues";
/** After a refusal that may pass. Gaps need no delay: the next message, a second later, is the next attempt. */
const RETRY_MS = 2_000;

export class Feed {
  /** Names of all queues; a new array only when a queue appears or leaves. */
  readonly names = signal<readonly string[]>([]);
  readonly rates = new Rates();
  readonly histories = new Histories();
  readonly updated = signal<{ tick: number; at: Date } | null>(null);
  /** A snapshot of this connection is on the page. */
  readonly complete = signal(false);
  readonly failure = signal<Failure | null>(null);

  readonly #client: Client;
  readonly #api: Api;
  readonly #vhost: string;
  readonly #statistics = new Statistics();
  readonly #rows = new Map<string, Signal<QueueRow>>();
  #subscription: Subscription | null = null;
  /** Raised by every reconnect: answers to requests of an earlier connection are not used. */
  #epoch = 0;
  #fetching = false;
  #stopped = false;

  constructor(client: Client, api: Api, vhost: string) {
    this.#client = client;
    this.#api = api;
    this.#vhost = vhost;
  }

  row(name: string): Signal<QueueRow> | undefined {
    return this.#rows.get(name);
  }

  async start(): Promise<void> {
    if (this.#stopped) return;
    const subscription = this.#client.subscribe(DESTINATION, (message) => {
      if (subscription === this.#subscription) this.#handleBody(() => message.json());
    });
    this.#subscription = subscription;
    try {
      // The snapshot comes after the subscription stands: what changes between the two arrives as a message.
      await subscription.ready;
      if (!this.complete.peek()) await this.#refresh();
    } catch (error) {
      this.#fail(error);
      this.#subscription = null;
      if (this.failure.peek()?.passing) setTimeout(() => void this.start(), RETRY_MS);
    }
  }

  /** The connection was lost. The client subscribes again by itself; the first message then asks for a snapshot. */
  handleLoss(): void {
    this.#epoch += 1;
    this.#fetching = false;
    this.#statistics.handleReconnect();
    this.complete.value = false;
  }

  stop(): void {
    this.#stopped = true;
    this.#subscription = null;
  }

  #handleBody(read: () => unknown): void {
    if (this.#stopped) return;
    try {
      const message = parseStatistics(read());
      const step = this.#statistics.handleMessage(message);
      this.#publish(step, message.time);
      if (step.needsSnapshot) void this.#refresh();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #refresh(): Promise<void> {
    if (this.#fetching || this.#stopped) return;
    this.#fetching = true;
    const epoch = this.#epoch;
    try {
      const snapshot = await fetchSnapshot(this.#api, this.#vhost);
      if (epoch !== this.#epoch) return;
      this.#publish(this.#statistics.handleSnapshot(snapshot), null);
    } catch (error) {
      if (epoch === this.#epoch) this.#fail(error);
    } finally {
      if (epoch === this.#epoch) this.#fetching = false;
    }
  }

  /** Shows a step. One batch, so that a second with a thousand changed rows is drawn once. */
  #publish(step: Step, time: number | null): void {
    batch(() => {
      this.#publishRows(step);
      // A gap does not make the page incomplete: the snapshot is milliseconds away, or the numbers grow stale.
      if (step.needsSnapshot) return;
      this.complete.value = true;
      this.failure.value = null;
      this.updated.value = { tick: performance.now(), at: new Date() };
      if (time === null) this.rates.count(this.#statistics.rows.values());
      else {
        this.rates.sample(this.#statistics.rows.values(), time);
        this.histories.sample(this.#statistics.rows);
      }
    });
  }

  #publishRows(step: Step): void {
    let renamed = step.deleted.size > 0;
    for (const name of step.deleted) this.#rows.delete(name);
    for (const name of step.changed) {
      const row = this.#statistics.rows.get(name);
      if (!row) continue;
      const shown = this.#rows.get(name);
      if (shown) shown.value = row;
      else {
        this.#rows.set(name, signal(row));
        renamed = true;
      }
    }
    if (renamed) this.names.value = [...this.#rows.keys()];
  }

  #fail(error: unknown): void {
    if (!this.#stopped) this.failure.value = failureOf(error);
  }
}
