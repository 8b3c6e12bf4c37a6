// The gateway as a whole: its facts, its node, and its rates over the last ten minutes. Pushed to those who may see the
// whole server; read again and again for the others.

import { batch, signal } from "@preact/signals";
import { fetchNode, type Node } from "../api/nodes.ts";
import { fetchOverview, type Overview as Facts, type OverviewMessage, parseOverview } from "../api/overview.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { FeedContext } from "./feed.ts";
import type { Rights } from "./identity/rights.ts";
import { Poll } from "./poll.ts";
import type { Totals } from "./rates.ts";
import { columnsOf, LINES, valuesOf } from "./samples.ts";
import { type Columns, emptyColumns, extend } from "./timeline.ts";

const DESTINATION = "/exchange/wharf.statistics/overview";
/** After a refusal that may pass. */
const RETRY_MS = 2_000;

export class Overview {
  readonly facts = signal<Facts | null>(null);
  readonly node = signal<Node | null>(null);
  /** One line for each of `LINES`. */
  readonly columns = signal<Columns>(emptyColumns(LINES.length));
  /** Grows whenever a queue, exchange, binding or subscription came or went: lists that are not pushed are stale then. */
  readonly topology = signal(0);
  /** The server tells these numbers by itself, or is asked for them all the time. An older one only answers once. */
  readonly kept = signal(false);
  readonly failure = signal<Failure | null>(null);

  readonly #context: FeedContext;
  readonly #rights: Rights;
  readonly #poll = new Poll(() => this.#fetchAgain());
  /** Raised by every reconnect: answers to requests of an earlier connection are not used. */
  #epoch = 0;
  #stopped = false;

  constructor(context: FeedContext, rights: Rights) {
    this.#context = context;
    this.#rights = rights;
  }

  start(): void {
    if (this.#context.pushes("overview")) this.#subscribe();
    else this.#askInstead();
  }

  #subscribe(): void {
    const { client } = this.#context;
    const subscription = client.subscribe(DESTINATION, (message) => {
      if (!this.#stopped) this.#handleBody(() => message.json());
    });
    void subscription.ended.then((error) => {
      if (error && failureOf(error).code === "forbidden") return this.#askInstead();
      if (error) this.failure.value = failureOf(error);
      // Somebody may have deleted its queue, like any other.
      setTimeout(() => !this.#stopped && client.state !== "closed" && this.#subscribe(), RETRY_MS);
    });
    void this.#fetch();
  }

  #askInstead(): void {
    if (!this.#stopped) this.#poll.retain();
  }

  /** The connection stands again, perhaps to another server: what it kept meanwhile fills the hole in the chart. */
  handleReturn(): void {
    this.#epoch += 1;
    if (this.#context.pushes("overview")) void this.#fetch();
  }

  /** What the queues add up to, for a server that tells nothing of rates itself. */
  handleSums(totals: Totals): void {
    const facts = this.facts.peek();
    if (!facts || facts.message_stats) return;
    const { publish, deliver, ack, ready, unacked } = totals;
    this.columns.value = extend(this.columns.peek(), Date.now() / 1000, [publish, deliver, ack, null, ready, unacked]);
  }

  stop(): void {
    this.#stopped = true;
    this.#poll.stop();
    this.#epoch += 1;
  }

  async #fetch(): Promise<void> {
    const epoch = this.#epoch;
    const { api } = this.#context;
    try {
      const [facts, node] = await Promise.all([fetchOverview(api), this.#rights.node ? fetchNode(api) : null]);
      if (epoch === this.#epoch) this.#handleSnapshot(facts, node);
    } catch (error) {
      if (epoch !== this.#epoch) return;
      const failure = failureOf(error);
      this.failure.value = failure;
      if (failure.passing) setTimeout(() => epoch === this.#epoch && void this.#fetch(), RETRY_MS);
    }
  }

  /** Without being told what came and went, lists that are not pushed have to ask as often. */
  async #fetchAgain(): Promise<void> {
    try {
      this.#handleSnapshot(await fetchOverview(this.#context.api), null);
      this.kept.value = true;
      this.topology.value += 1;
    } catch (error) {
      this.failure.value = failureOf(error);
      throw error;
    }
  }

  #handleSnapshot(facts: Facts, node: Node | null): void {
    batch(() => {
      this.failure.value = null;
      this.facts.value = facts;
      if (node) this.node.value = node;
      const columns = columnsOf(facts);
      if (columns[0].length > 0) this.columns.value = columns;
    });
  }

  #handleBody(read: () => unknown): void {
    try {
      this.#handleMessage(parseOverview(read()));
    } catch (error) {
      this.failure.value = failureOf(error);
    }
  }

  #handleMessage({ time, overview, node, topology }: OverviewMessage): void {
    batch(() => {
      this.kept.value = true;
      // What does not change may be left out of a sample.
      this.facts.value = { ...this.facts.peek(), ...overview };
      if (node) this.node.value = node;
      if (topology !== undefined) this.topology.value = topology;
      this.columns.value = extend(this.columns.peek(), time / 1000, valuesOf(overview));
    });
  }
}
