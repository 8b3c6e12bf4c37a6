// Which queues the table shows, and in which order.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { ackRate, deliverRate, isSubscriptionQueue, publishRate, type QueueRow } from "../api/queues.ts";
import type { Feed } from "./feed.ts";

export type Column =
  | "name"
  | "ready"
  | "unacked"
  | "total"
  | "consumers"
  | "publish"
  | "deliver"
  | "ack";

export interface Order {
  column: Column;
  descending: boolean;
}

export interface Shown {
  names: readonly string[];
  /** Queues behind subscriptions that the filter lets through, whether they are shown or not. */
  subscriptionQueues: number;
}

const VALUES: Record<Exclude<Column, "name">, (row: QueueRow) => number> = {
  ready: (row) => row.messages_ready,
  unacked: (row) => row.messages_unacknowledged,
  total: (row) => row.messages,
  consumers: (row) => row.consumers,
  publish: publishRate,
  deliver: deliverRate,
  ack: ackRate,
};

export class QueueView {
  readonly filter = signal("");
  readonly showSubscriptionQueues = signal(false);
  readonly order = signal<Order>({ column: "name", descending: false });
  /** While someone points at a row, rows must not change places under the pointer. */
  readonly held = signal(false);
  readonly shown: ReadonlySignal<Shown>;

  constructor(feed: Feed) {
    let last: Shown = { names: [], subscriptionQueues: 0 };
    this.shown = computed(() => {
      // Order by a number follows the numbers, so it is settled anew each second; the names alone only when one
      // appears or leaves.
      if (this.order.value.column !== "name") feed.histories.tick.value;
      const next = this.#select(feed, last);
      // The same object when nothing moved: the table is then not drawn again.
      if (!same(next, last)) last = next;
      return last;
    });
  }

  /** A second press turns the order round; numbers begin with the largest. */
  sortBy(column: Column): void {
    const { column: current, descending } = this.order.peek();
    this.order.value =
      column === current
        ? { column, descending: !descending }
        : { column, descending: column !== "name" };
  }

  #select(feed: Feed, last: Shown): Shown {
    const text = this.filter.value.trim().toLowerCase();
    const rows: QueueRow[] = [];
    let subscriptionQueues = 0;
    for (const name of feed.names.value) {
      const row = feed.row(name)?.peek();
      if (!row || !name.toLowerCase().includes(text)) continue;
      if (isSubscriptionQueue(row)) {
        subscriptionQueues += 1;
        if (!this.showSubscriptionQueues.value) continue;
      }
      rows.push(row);
    }
    rows.sort(comparison(this.order.value));
    const names = rows.map((row) => row.name);
    return { names: this.held.value ? keepPlaces(names, last.names) : names, subscriptionQueues };
  }
}

export function comparison({ column, descending }: Order): (a: QueueRow, b: QueueRow) => number {
  const sign = descending ? -1 : 1;
  if (column === "name") return (a, b) => sign * byName(a.name, b.name);
  const value = VALUES[column];
  // Equal numbers stay in the order of their names, in either direction.
  return (a, b) => sign * (value(a) - value(b)) || byName(a.name, b.name);
}

/** The names in the places they had, new ones at the end. */
export function keepPlaces(names: readonly string[], places: readonly string[]): string[] {
  const present = new Set(names);
  const kept = places.filter((name) => present.delete(name));
  return [...kept, ...present];
}

const collator = new Intl.Collator("en", { numeric: true });

function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

function same(a: Shown, b: Shown): boolean {
  return (
    a.subscriptionQueues === b.subscriptionQueues &&
    a.names.length === b.names.length &&
    a.names.every((name, index) => name === b.names[index])
  );
}
