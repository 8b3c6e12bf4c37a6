// One number of each row over the last minute, one sample a second: what the sparklines draw.

import type { Named } from "./statistics.ts";

export const HISTORY_SECONDS = 60;

/** All rows share one place to write at, so that a sample of ten thousand rows moves nothing and allocates nothing. */
export class Histories<Row extends Named> {
  readonly #valueOf: (row: Row) => number;
  readonly #rings = new Map<string, Float32Array>();
  #next = 0;

  constructor(valueOf: (row: Row) => number) {
    this.#valueOf = valueOf;
  }

  /** Oldest first; a row that is younger than a minute has fewer. */
  of(name: string): number[] {
    const ring = this.#rings.get(name);
    if (!ring) return [];
    const values: number[] = [];
    for (let step = 0; step < HISTORY_SECONDS; step += 1) {
      const value = ring[(this.#next + step) % HISTORY_SECONDS]!;
      if (!Number.isNaN(value)) values.push(value);
    }
    return values;
  }

  sample(rows: ReadonlyMap<string, Row>): void {
    for (const [name, row] of rows) {
      let ring = this.#rings.get(name);
      if (!ring) this.#rings.set(name, (ring = new Float32Array(HISTORY_SECONDS).fill(Number.NaN)));
      ring[this.#next] = this.#valueOf(row);
    }
    if (this.#rings.size > rows.size) this.#forget(rows);
    this.#next = (this.#next + 1) % HISTORY_SECONDS;
  }

  #forget(rows: ReadonlyMap<string, Row>): void {
    for (const name of this.#rings.keys()) {
      if (!rows.has(name)) this.#rings.delete(name);
    }
  }
}
