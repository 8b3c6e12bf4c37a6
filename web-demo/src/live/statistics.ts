// The rows of a list, kept from a snapshot and the numbered changes after it. No clock, no network, no signals:
// what comes in is handled, what it changed is returned.

/** What the statistics exchange tells, by its routing keys. */
export type StatisticsKey = "overview" | "queues" | "exchanges" | "connections";

export interface Named {
  name: string;
}

/** All rows, at least as new as the statistics message with this number. */
export interface Snapshot<Row extends Named> {
  rows: Row[];
  sequence: number;
}

/** One message of the exchange `wharf.statistics`. */
export interface StatisticsMessage<Row extends Named> {
  sequence: number;
  /** Milliseconds since 1970, by the server's clock. */
  time: number;
  rows: Row[];
  deleted: string[];
  /** The sample goes on in the next message. */
  more: boolean;
}

export interface Step {
  /** A row appeared or left. */
  renamed: boolean;
  /** A sample ended with this step: the rows are those of one second. */
  sampled: boolean;
  /** Messages were missed, or there is no snapshot yet: fetch one and pass it to `handleSnapshot`. */
  needsSnapshot: boolean;
}

/**
 * Messages kept while a snapshot is under way. A sample of ten thousand rows is twenty messages; this many of those
 * outlast the time limit of the request.
 */
const WAITING_LIMIT = 256;

export class Statistics<Row extends Named> {
  readonly rows = new Map<string, Row>();
  /** Number of the last message that the rows contain; null while a snapshot is missing. */
  #sequence: number | null = null;
  #waiting: StatisticsMessage<Row>[] = [];

  handleMessage(message: StatisticsMessage<Row>): Step {
    this.#waiting.push(message);
    // Dropping the oldest is safe: if the snapshot turns out to be older than it, that is a gap like any other.
    if (this.#waiting.length > WAITING_LIMIT) this.#waiting.shift();
    return this.#drain(false);
  }

  handleSnapshot(snapshot: Snapshot<Row>): Step {
    const present = new Set(snapshot.rows.map((row) => row.name));
    const before = this.rows.size;
    for (const name of this.rows.keys()) {
      if (!present.has(name)) this.rows.delete(name);
    }
    const left = before - this.rows.size;
    for (const row of snapshot.rows) this.rows.set(row.name, row);
    this.#sequence = snapshot.sequence;
    return this.#drain(left > 0 || this.rows.size !== before);
  }

  /**
   * The connection was made anew, perhaps to a server that started again and counts from the beginning. Numbers
   * from before say nothing any more; the rows stay until the next snapshot replaces them.
   */
  handleReconnect(): void {
    this.#sequence = null;
    this.#waiting = [];
  }

  #drain(renamed: boolean): Step {
    let sampled = false;
    while (this.#sequence !== null) {
      const message = this.#waiting[0];
      if (!message) break;
      if (message.sequence > this.#sequence + 1) {
        this.#sequence = null; // a gap; the message itself waits for the snapshot
        break;
      }
      this.#waiting.shift();
      if (message.sequence <= this.#sequence) continue; // the snapshot has it already
      renamed = this.#apply(message) || renamed;
      sampled ||= !message.more;
      this.#sequence = message.sequence;
    }
    return { renamed, sampled, needsSnapshot: this.#sequence === null };
  }

  /** Deletions first: a queue that was deleted and declared again within the second is in both lists. */
  #apply(message: StatisticsMessage<Row>): boolean {
    let renamed = false;
    for (const name of message.deleted) renamed = this.rows.delete(name) || renamed;
    for (const row of message.rows) {
      renamed ||= !this.rows.has(row.name);
      this.rows.set(row.name, row);
    }
    return renamed;
  }
}

/** Reads a message body whose rows are in the field `key`, or says why it is none. */
export function parseStatistics<Row extends Named>(body: unknown, key: string): StatisticsMessage<Row> {
  const { sequence, time, deleted, more, [key]: rows } = (body ?? {}) as Record<string, unknown>;
  if (typeof sequence !== "number" || typeof time !== "number" || !Array.isArray(rows) || !Array.isArray(deleted)) {
    throw new Error(`a statistics message lacks sequence, time, ${key} or deleted`);
  }
  return { sequence, time, rows: rows as Row[], deleted: deleted as string[], more: more === true };
}
