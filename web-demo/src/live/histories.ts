// The depth of each queue over the last minute, one sample a second: what the sparklines draw.

import { signal } from "@preact/signals";
import type { QueueRow } from "../api/queues.ts";

export const HISTORY_SECONDS = 60;

export class Histories {
  /** Advances with every sample; who draws a history depends on it. */
  readonly tick = signal(0);
  readonly #depths = new Map<string, number[]>();

  of(name: string): readonly number[] {
    return this.#depths.get(name) ?? [];
  }

  sample(rows: ReadonlyMap<string, QueueRow>): void {
    for (const name of this.#depths.keys()) {
      if (!rows.has(name)) this.#depths.delete(name);
    }
    for (const [name, row] of rows) {
      let depths = this.#depths.get(name);
      if (!depths) this.#depths.set(name, (depths = []));
      depths.push(row.messages);
      if (depths.length > HISTORY_SECONDS) depths.shift();
    }
    this.tick.value += 1;
  }
}
