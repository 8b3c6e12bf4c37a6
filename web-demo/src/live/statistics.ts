// The rows of all queues, kept from a snapshot and the numbered changes after it. No clock, no network, no
// signals: what comes in is handled, what it changed is returned.

import type { QueueRow, QueueSnapshot } from "../api/queues.ts";

/** One message of the exchange `wharf.statistics`. */
export interface StatisticsMessage {
  sequence: number;
  /** Milliseconds since 1970, by the server's clock. */
  time: number;
  queues: QueueRow[];
  deleted: string[];
}

export interface Step {
  changed: ReadonlySet<string>;
  deleted: ReadonlySet<string>;
  /** Messages were missed, or there is no snapshot yet: fetch one and pass it to `handleSnapshot`. */
  needsSnapshot: boolean;
}

/** Messages kept while a snapshot is under way. At one a second this outlasts the time limit of the request. */
const WAITING_LIMIT = 64;

export class Statistics {
  readonly rows = new Map<string, QueueRow>();
  /** Number of the last message that the rows contain; null while a snapshot is missing. */
  #sequence: number | null = null;
  #waiting: StatisticsMessage[] = [];

  handleMessage(message: StatisticsMessage): Step {
    this.#waiting.push(message);
    // Dropping the oldest is safe: if the snapshot turns out to be older than it, that is a gap like any other.
    if (this.#waiting.length > WAITING_LIMIT) this.#waiting.shift();
    return this.#drain(new Set(), new Set());
  }

  handleSnapshot(snapshot: QueueSnapshot): Step {
    const changed = new Set(snapshot.rows.map((row) => row.name));
    const deleted = new Set<string>();
    for (const name of this.rows.keys()) {
      if (!changed.has(name)) deleted.add(name);
    }
    for (const name of deleted) this.rows.delete(name);
    for (const row of snapshot.rows) this.rows.set(row.name, row);
    this.#sequence = snapshot.sequence;
    return this.#drain(changed, deleted);
  }

  /**
   * The connection was made anew, perhaps to a server that started again and counts from the beginning. Numbers
   * from before say nothing any more; the rows stay until the next snapshot replaces them.
   */
  handleReconnect(): void {
    this.#sequence = null;
    this.#waiting = [];
  }

  #drain(changed: Set<string>, deleted: Set<string>): Step {
    while (this.#sequence !== null) {
      const message = this.#waiting[0];
      if (!message) break;
      if (message.sequence > this.#sequence + 1) {
        this.#sequence = null; // a gap; the message itself waits for the snapshot
        break;
      }
      this.#waiting.shift();
      if (message.sequence <= this.#sequence) continue; // the snapshot has it already
      this.#apply(message, changed, deleted);
      this.#sequence = message.sequence;
    }
    return { changed, deleted, needsSnapshot: this.#sequence === null };
  }

  /** Deletions first: a queue that was deleted and declared again within the second is in both lists. */
  #apply(message: StatisticsMessage, changed: Set<string>, deleted: Set<string>): void {
    for (const name of message.deleted) {
      this.rows.delete(name);
      changed.delete(name);
      deleted.add(name);
    }
    for (const row of message.queues) {
      this.rows.set(row.name, row);
      deleted.delete(row.name);
      changed.add(row.name);
    }
  }
}

/** Reads a message body, or says why it is none. */
export function parseStatistics(body: unknown): StatisticsMessage {
  const message = body as Partial<StatisticsMessage> | null;
  if (
    typeof message?.sequence !== "number" ||
    typeof message.time !== "number" ||
    !Array.isArray(message.queues) ||
    !Array.isArray(message.deleted)
  ) {
    throw new Error("a statistics message lacks sequence, time, queues or deleted");
  }
  return message as StatisticsMessage;
}
