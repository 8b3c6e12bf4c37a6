// A list that is read every two seconds: webhooks, inbound hooks.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Failure } from "./failure.ts";
import { Histories } from "./histories.ts";
import { compareNames } from "./names.ts";
import { Poll, type Updated } from "./poll.ts";
import type { Retained, Rows } from "./rows.ts";
import type { Named } from "./statistics.ts";

export interface PolledSource<Row extends Named> {
  fetch(): Promise<Row[]>;
  /** What people know a row by: they are in the order of it. */
  labelOf(row: Row): string;
  /** The number whose last samples are kept for every row. */
  historyOf(row: Row): number;
}

export class PolledRows<Row extends Named> implements Rows<Row>, Retained {
  readonly #names = signal<readonly string[]>([]);
  readonly #sampled = signal(0);
  readonly names: ReadonlySignal<readonly string[]> = this.#names;
  readonly sampled: ReadonlySignal<number> = this.#sampled;
  readonly histories: Histories<Row>;
  readonly failure: ReadonlySignal<Failure | null>;
  /** When it was read last; null before the first time. */
  readonly updated: ReadonlySignal<Updated | null>;

  readonly #source: PolledSource<Row>;
  readonly #poll: Poll<Row[]>;
  #rows: ReadonlyMap<string, Row> = new Map();

  constructor(source: PolledSource<Row>) {
    this.#source = source;
    this.histories = new Histories((row) => source.historyOf(row));
    this.#poll = new Poll(() => source.fetch(), (rows) => this.#accept(rows));
    this.failure = this.#poll.failure;
    this.updated = this.#poll.updated;
  }

  row(name: string): Row | undefined {
    void this.#sampled.value;
    return this.#rows.get(name);
  }

  peek(name: string): Row | undefined {
    return this.#rows.get(name);
  }

  rows(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  retain(): () => void {
    return this.#poll.retain();
  }

  /** Reads it now: something was changed. */
  refresh(): Promise<void> {
    return this.#poll.refresh();
  }

  stop(): void {
    this.#poll.stop();
  }

  #accept(rows: readonly Row[]): void {
    const { labelOf } = this.#source;
    const sorted = [...rows].sort((a, b) => compareNames(labelOf(a), labelOf(b)) || compareNames(a.name, b.name));
    this.#rows = new Map(sorted.map((row) => [row.name, row]));
    this.histories.sample(this.#rows);
    const names = [...this.#rows.keys()];
    const known = this.#names.peek();
    if (names.length !== known.length || names.some((name, index) => name !== known[index])) this.#names.value = names;
    this.#sampled.value += 1;
  }
}
