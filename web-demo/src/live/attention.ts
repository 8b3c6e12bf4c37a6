// What a person in charge should look at, worst first.

import type { Node } from "../api/nodes.ts";
import type { QueueRow } from "../api/queues.ts";
import { isStream, isSubscriptionQueue } from "../api/queues.ts";

export type Concern =
  | { kind: "memory-alarm"; used: number | null; limit: number | null }
  | { kind: "memory-high"; used: number; limit: number }
  | { kind: "disk-alarm"; free: number | null }
  | { kind: "files-high"; used: number; limit: number }
  | { kind: "stopped"; queue: string; state: string }
  | { kind: "full"; queue: string; messages: number; limit: number }
  | { kind: "unread"; queues: readonly Unread[]; count: number; messages: number };

export interface Unread {
  name: string;
  messages: number;
}

/** Part of a limit from which on it is said. */
export const HIGH = 0.8;
/** Queues that are named; the rest are a number and a link. */
const NAMED = 5;

/** Concerns of the node, then those of its queues. */
export function concernsOf(node: Node | null, rows: Iterable<QueueRow>): Concern[] {
  return [...(node ? nodeConcerns(node) : []), ...queueConcerns(rows)];
}

function nodeConcerns(node: Node): Concern[] {
  const { message_memory_used: used = null, message_memory_limit: limit = null } = node;
  const concerns: Concern[] = [];
  if (node.mem_alarm) concerns.push({ kind: "memory-alarm", used, limit });
  else if (isHigh(used, limit)) concerns.push({ kind: "memory-high", used: used!, limit: limit! });
  if (node.disk_free_alarm) concerns.push({ kind: "disk-alarm", free: node.disk_free ?? null });
  if (isHigh(node.fd_used ?? null, node.fd_total ?? null)) {
    concerns.push({ kind: "files-high", used: node.fd_used!, limit: node.fd_total! });
  }
  return concerns;
}

function isHigh(used: number | null, limit: number | null): boolean {
  return used !== null && limit !== null && limit > 0 && used >= limit * HIGH;
}

function queueConcerns(rows: Iterable<QueueRow>): Concern[] {
  const concerns: Concern[] = [];
  const unread: Unread[] = [];
  for (const row of rows) {
    if (row.state !== undefined && row.state !== "running") {
      concerns.push({ kind: "stopped", queue: row.name, state: row.state });
    }
    // A stream is there to be read later, and drops what is beyond its retention.
    if (isStream(row)) continue;
    const limit = Number(row.arguments?.["x-max-length"] ?? 0);
    if (limit > 0 && row.messages_ready >= limit) {
      concerns.push({ kind: "full", queue: row.name, messages: row.messages_ready, limit });
    }
    if (row.messages > 0 && row.consumers === 0 && !isSubscriptionQueue(row)) {
      unread.push({ name: row.name, messages: row.messages });
    }
  }
  const named = concerns.slice(0, NAMED);
  return unread.length > 0 ? [...named, unreadConcern(unread)] : named;
}

function unreadConcern(unread: Unread[]): Concern {
  unread.sort((a, b) => b.messages - a.messages);
  const messages = unread.reduce((sum, one) => sum + one.messages, 0);
  return { kind: "unread", queues: unread.slice(0, NAMED), count: unread.length, messages };
}
