/** One queue in which a message died, and how often it did for the same reason. */
export interface Death {
  /** Why: refused for good, too old, too many in the queue, or returned too often. */
  reason: "rejected" | "expired" | "maxlen" | "delivery_limit";
  /** The queue in which it died. */
  queue: string;
  /** The exchange to which it had been published. */
  exchange: string;
  /** The routing keys with which it had been published. */
  routingKeys: string[];
  /** How often. */
  count: number;
  /** When it did for the first time. */
  time: Date;
  /** The expiration that it had, in milliseconds. */
  originalExpiration: number | undefined;
}

interface Entry {
  reason: Death["reason"];
  queue: string;
  exchange: string;
  "routing-keys": string[];
  count: number;
  time: number;
  "original-expiration"?: string | number;
}

/** Reads the header `x-death`, a JSON array; what is none was written by somebody else, and says nothing. */
export function readDeaths(header: string | undefined): Death[] {
  try {
    return (JSON.parse(header ?? "[]") as Entry[]).map((entry) => ({
      reason: entry.reason,
      queue: entry.queue,
      exchange: entry.exchange,
      routingKeys: entry["routing-keys"] ?? [],
      count: entry.count,
      time: new Date(entry.time * 1000),
      originalExpiration: entry["original-expiration"] === undefined ? undefined : Number(entry["original-expiration"]),
    }));
  } catch {
    return [];
  }
}
