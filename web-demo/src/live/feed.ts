// A list that the gateway keeps up to date: the queues, exchanges or connections of the vhost. Subscribes to the
// statistics exchange while somebody looks, fetches snapshots when they are needed, and tells at most once a frame.
// For a user who may not subscribe to it, the snapshots alone are fetched again and again.

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Client, Subscription } from "/client/index.js";
import type { Api } from "../api/http.ts";
import { type Failure, failureOf } from "./failure.ts";
import { Frame } from "./frame.ts";
import { Histories } from "./histories.ts";
import { sortNames } from "./names.ts";
import { Poll, STALE_AFTER_MS } from "./poll.ts";
import type { Retained, Rows } from "./rows.ts";
import { type Named, parseStatistics, type Snapshot, Statistics, type StatisticsKey, type Step } from "./statistics.ts";

/** What one kind of list is made of. */
export interface FeedSource<Row extends Named> {
  /** Last part of the destination, and the field of its messages that holds the rows. */
  key: Exclude<StatisticsKey, "overview">;
  fetch(api: Api, vhost: string): Promise<Snapshot<Row>>;
  /** The number whose last minute is kept for every row. */
  historyOf(row: Row): number;
}

export interface FeedContext {
  client: Client;
  api: Api;
  vhost: string;
  /** Whether this user may subscribe to this key of the statistics exchange. */
  pushes: (key: StatisticsKey) => boolean;
}

/** After a refusal that may pass. Gaps need no delay: the next message, a second later, is the next attempt. */
const RETRY_MS = 2_000;
/** The exchange sends one message a second even when nothing changed, so silence beyond this means trouble. */
const PUSHED_STALE_MS = 3_000;
/** Going from page to page must not drop a feed and take it up again. */
const LINGER_MS = 5_000;

export class Feed<Row extends Named> implements Rows<Row>, Retained {
  readonly #names = signal<readonly string[]>([]);
  /** Names of all rows, as people sort them; a new array only when a row appears or leaves. */
  readonly names: ReadonlySignal<readonly string[]> = this.#names;
  /** Advances when rows changed, at most once a frame. */
  readonly tick = signal(0);
  /** Advances with every complete sample, once a second: order by numbers and sparklines follow it. */
  readonly sampled = signal(0);
  readonly updated = signal<{ tick: number; at: Date } | null>(null);
  /** A snapshot of this connection is on the page. */
  readonly complete = signal(false);
  readonly failure = signal<Failure | null>(null);
  readonly histories: Histories<Row>;

  readonly #source: FeedSource<Row>;
  readonly #context: FeedContext;
  readonly #statistics = new Statistics<Row>();
  readonly #frame = new Frame(() => this.#show());
  /** Whether it is told of changes. Who may not subscribe asks again and again instead. */
  #pushed: boolean;
  readonly #poll = new Poll(() => this.#fetchSample());
  #stopPolling: (() => void) | null = null;
  #renamed = false;
  #sampled = false;
  #subscription: Subscription | null = null;
  /** Raised by every reconnect: answers to requests of an earlier connection are not used. */
  #epoch = 0;
  #fetching = false;
  #watchers = 0;
  #lingering: ReturnType<typeof setTimeout> | null = null;

  constructor(source: FeedSource<Row>, context: FeedContext) {
    this.#source = source;
    this.#context = context;
    this.#pushed = context.pushes(source.key);
    this.histories = new Histories(source.historyOf);
  }

  /** How old its numbers may be and are still called live, in milliseconds. */
  get staleAfter(): number {
    return this.#pushed ? PUSHED_STALE_MS : STALE_AFTER_MS;
  }

  /** The row as it is now. Read in a component or a computed signal, it follows the row. */
  row(name: string): Row | undefined {
    void this.tick.value;
    return this.#statistics.rows.get(name);
  }

  /** The row as it is now, for code that is not drawn. */
  peek(name: string): Row | undefined {
    return this.#statistics.rows.get(name);
  }

  rows(): ReadonlyMap<string, Row> {
    return this.#statistics.rows;
  }

  /** Keeps the list up to date until the returned function is called. */
  retain(): () => void {
    this.#watchers += 1;
    if (this.#lingering) clearTimeout(this.#lingering);
    this.#lingering = null;
    if (!this.#pushed) this.#stopPolling ??= this.#poll.retain();
    else if (!this.#subscription) void this.#start();
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#lingering = setTimeout(() => this.#leave(), LINGER_MS);
    };
  }

  /** The connection was lost. The client subscribes again by itself; the first message then asks for a snapshot. */
  handleLoss(): void {
    this.#forgetNumbers();
  }

  stop(): void {
    this.#watchers = 0;
    this.#leave();
  }

  async #start(): Promise<void> {
    const destination = `/exchange/wharf.statistics/${this.#source.key}`;
    const subscription = this.#context.client.subscribe(destination, (message) => {
      if (subscription === this.#subscription) this.#handleBody(() => message.json());
    });
    this.#subscription = subscription;
    let wasReady = false;
    void subscription.ended.then((error) => this.#handleEnded(subscription, error, wasReady));
    try {
      // The snapshot comes after the subscription stands: what changes between the two arrives as a message.
      await subscription.ready;
      wasReady = true;
      if (subscription === this.#subscription && !this.complete.peek()) await this.#refresh();
    } catch {
      // Told by its end.
    }
  }

  /** Somebody may have deleted its queue, like any other: what it told is not kept up to date from then on. */
  #handleEnded(subscription: Subscription, error: unknown, wasReady: boolean): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = null;
    this.#forgetNumbers();
    if (error && failureOf(error).code === "forbidden") return this.#askInstead();
    if (error) this.#fail(error);
    if (wasReady || this.failure.peek()?.passing) setTimeout(() => this.#restart(), RETRY_MS);
  }

  #askInstead(): void {
    this.#pushed = false;
    if (this.#watchers > 0) this.#stopPolling ??= this.#poll.retain();
  }

  #restart(): void {
    if (this.#watchers > 0 && !this.#subscription && this.#context.client.state !== "closed") void this.#start();
  }

  #leave(): void {
    if (this.#lingering) clearTimeout(this.#lingering);
    this.#lingering = null;
    this.#stopPolling?.();
    this.#stopPolling = null;
    const subscription = this.#subscription;
    this.#subscription = null;
    this.#forgetNumbers();
    void subscription?.unsubscribe().catch(() => undefined); // the connection may have ended by itself
  }

  #forgetNumbers(): void {
    this.#epoch += 1;
    this.#fetching = false;
    this.#statistics.handleReconnect();
    this.complete.value = false;
  }

  #handleBody(read: () => unknown): void {
    try {
      const message = parseStatistics<Row>(read(), this.#source.key);
      const step = this.#statistics.handleMessage(message);
      this.#publish(step);
      if (step.needsSnapshot) void this.#refresh();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #refresh(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    const epoch = this.#epoch;
    try {
      const snapshot = await this.#source.fetch(this.#context.api, this.#context.vhost);
      if (epoch !== this.#epoch) return;
      this.#publish(this.#statistics.handleSnapshot(snapshot));
    } catch (error) {
      if (epoch === this.#epoch) this.#fail(error);
    } finally {
      if (epoch === this.#epoch) this.#fetching = false;
    }
  }

  async #fetchSample(): Promise<void> {
    try {
      const snapshot = await this.#source.fetch(this.#context.api, this.#context.vhost);
      if (!this.#stopPolling) return;
      this.#publish({ ...this.#statistics.handleSnapshot(snapshot), sampled: true });
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Notes what a step changed; the next frame shows it, together with whatever else comes until then. */
  #publish(step: Step): void {
    this.#renamed ||= step.renamed;
    if (step.sampled) {
      this.histories.sample(this.#statistics.rows);
      this.#sampled = true;
    }
    this.#frame.request();
    // A gap does not make the page incomplete: the snapshot is milliseconds away, or the numbers grow stale.
    if (step.needsSnapshot) return;
    this.failure.value = null;
    this.updated.value = { tick: performance.now(), at: new Date() };
    if (this.complete.peek()) return;
    this.#show(); // whoever reads that the list is complete finds all of it
    this.complete.value = true;
  }

  #show(): void {
    batch(() => {
      if (this.#renamed) this.#names.value = sortNames(this.#statistics.rows.keys());
      this.#renamed = false;
      this.tick.value += 1;
      if (this.#sampled) this.sampled.value += 1;
      this.#sampled = false;
    });
  }

  #fail(error: unknown): void {
    this.failure.value = failureOf(error);
  }
}
