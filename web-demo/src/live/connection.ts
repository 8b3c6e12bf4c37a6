// The state of the connection as the page shows it: never "live" unless the numbers are.

import type { ConnectionState } from "/client/index.js";

export type Link =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "stale"; since: Date | null }
  | { kind: "reconnecting"; since: Date }
  | { kind: "sign-in" }
  | { kind: "barred" }
  | { kind: "closed" };

export interface Observed {
  state: ConnectionState;
  /** When the connection was last lost, null before the first time. */
  lostAt: Date | null;
  /** When the numbers were last brought up to date: on the page's clock, and as a date to show. */
  updated: { tick: number; at: Date } | null;
  /** A snapshot of this connection is on the page. */
  complete: boolean;
  /** The numbers cannot be had at the moment, although the connection stands. */
  failed: boolean;
  now: number;
  /** How old numbers may be that are still called live. */
  staleAfter: number;
}

export function linkOf(seen: Observed): Link {
  if (seen.state === "closed") return { kind: "closed" };
  const waiting: Link = seen.lostAt ? { kind: "reconnecting", since: seen.lostAt } : { kind: "connecting" };
  if (seen.state !== "connected") return waiting;
  if (!seen.complete && !seen.failed) return waiting;
  if (!seen.complete || !seen.updated || seen.now - seen.updated.tick > seen.staleAfter) {
    return { kind: "stale", since: seen.updated?.at ?? null };
  }
  return { kind: "live" };
}
