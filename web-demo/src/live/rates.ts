// Sums over all queues of the vhost: what a server that does not push its overview leaves to be added up here.

import { deliverRate, ackRate, publishRate, type QueueRow } from "../api/queues.ts";

export interface Totals {
  ready: number;
  unacked: number;
  publish: number;
  deliver: number;
  ack: number;
  consumers: number;
}

export function sumOf(rows: Iterable<QueueRow>): Totals {
  const totals: Totals = { ready: 0, unacked: 0, publish: 0, deliver: 0, ack: 0, consumers: 0 };
  for (const row of rows) {
    totals.ready += row.messages_ready;
    totals.unacked += row.messages_unacknowledged;
    totals.publish += publishRate(row);
    totals.deliver += deliverRate(row);
    totals.ack += ackRate(row);
    totals.consumers += row.consumers;
  }
  return totals;
}
