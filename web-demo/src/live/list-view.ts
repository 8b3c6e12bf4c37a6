// Which rows of a list are shown, and in which order.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Rows } from "./rows.ts";
import type { Named } from "./statistics.ts";

export interface Order {
  column: string;
  descending: boolean;
}

export interface ListViewOptions<Row extends Named> {
  /** What each column is ordered by. `name` is always there. */
  columns: Record<string, (row: Row) => number | string>;
  /** What the search looks at. Default: the name. */
  textOf?: (row: Row) => string;
}

export const BY_NAME: Order = { column: "name", descending: false };

export class ListView<Row extends Named> {
  readonly filter = signal("");
  readonly order = signal<Order>(BY_NAME);
  /** Rows that do not pass are not shown; null lets all pass. */
  readonly only = signal<((row: Row) => boolean) | null>(null);
  /** While someone points at a row, rows must not change places under the pointer. */
  readonly held = signal(false);
  /** Names of the rows to show, in order. The same array as long as nothing moved. */
  readonly shown: ReadonlySignal<readonly string[]>;

  readonly #columns: Record<string, (row: Row) => number | string>;
  readonly #textOf: (row: Row) => string;

  constructor(feed: Rows<Row>, { columns, textOf = (row) => row.name }: ListViewOptions<Row>) {
    this.#columns = columns;
    this.#textOf = textOf;
    let last: readonly string[] = [];
    this.shown = computed(() => {
      // Whatever depends on the numbers is settled anew each second; the names alone only when one comes or goes.
      if (this.order.value.column !== "name" || this.only.value) void feed.sampled.value;
      const next = this.#select(feed, last);
      if (!same(next, last)) last = next;
      return last;
    });
  }

  /** A second press turns the order round; numbers begin with the largest. */
  sortBy(column: string, descendingFirst: boolean): void {
    const { column: current, descending } = this.order.peek();
    this.order.value = { column, descending: column === current ? !descending : descendingFirst };
  }

  #select(feed: Rows<Row>, last: readonly string[]): readonly string[] {
    const text = this.filter.value.trim().toLowerCase();
    const passes = this.only.value;
    const rows: Row[] = [];
    for (const name of feed.names.value) {
      const row = feed.peek(name);
      if (!row || (text !== "" && !this.#textOf(row).toLowerCase().includes(text))) continue;
      if (!passes || passes(row)) rows.push(row);
    }
    const names = ordered(rows, this.order.value, this.#columns);
    return this.held.value ? keepPlaces(names, last) : names;
  }
}

/** `rows` come in the order of their names, which is also the order of those that are equal, in either direction. */
export function ordered<Row extends Named>(
  rows: readonly Row[],
  { column, descending }: Order,
  columns: Record<string, (row: Row) => number | string>,
): string[] {
  const names = rows.map((row) => row.name);
  const valueOf = columns[column];
  if (column === "name" || !valueOf) return descending ? names.reverse() : names;
  const values = rows.map(valueOf);
  const sign = descending ? -1 : 1;
  const places = Uint32Array.from(rows.keys());
  places.sort((a, b) => sign * compare(values[a]!, values[b]!) || a - b);
  return Array.from(places, (place) => names[place]!);
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The names in the places they had, new ones at the end. */
export function keepPlaces(names: readonly string[], places: readonly string[]): string[] {
  const present = new Set(names);
  const kept = places.filter((name) => present.delete(name));
  return [...kept, ...present];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
