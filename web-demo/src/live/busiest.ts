// The few queues with the most traffic.

import { deliverRate, depthOf, isSubscriptionQueue, publishRate, type QueueRow } from "../api/queues.ts";

export function trafficOf(row: QueueRow): number {
  return publishRate(row) + deliverRate(row);
}

/**
 * Names without those of subscriptions, which say nothing to a reader: the busiest first; those without traffic
 * follow by depth. One pass over ten thousand rows, once a second.
 */
export function busiest(rows: Iterable<QueueRow>, count: number): string[] {
  const best: QueueRow[] = [];
  for (const row of rows) {
    if (isSubscriptionQueue(row)) continue;
    if (best.length === count && compare(row, best[count - 1]!) >= 0) continue;
    const place = best.findIndex((other) => compare(row, other) < 0);
    best.splice(place < 0 ? best.length : place, 0, row);
    if (best.length > count) best.pop();
  }
  return best.map((row) => row.name);
}

function compare(a: QueueRow, b: QueueRow): number {
  return trafficOf(b) - trafficOf(a) || depthOf(b) - depthOf(a) || (a.name < b.name ? -1 : 1);
}
