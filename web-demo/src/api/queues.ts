// Queues of a vhost, as the management API lists, creates and deletes them.

import type { Api } from "./http.ts";

export interface QueueRow {
  name: string;
  vhost: string;
  durable: boolean;
  exclusive: boolean;
  auto_delete: boolean;
  messages: number;
  messages_ready: number;
  messages_unacknowledged: number;
  consumers: number;
  message_stats?: {
    publish_details?: Rate;
    deliver_get_details?: Rate;
    ack_details?: Rate;
  };
}

interface Rate {
  rate: number;
}

/** All queues of a vhost, at least as new as the statistics message with this sequence number. */
export interface QueueSnapshot {
  rows: QueueRow[];
  sequence: number;
}

export type Creation = "created" | "existed";

export async function fetchSnapshot(api: Api, vhost: string): Promise<QueueSnapshot> {
  const response = await api.get(`/api/queues/${encodeURIComponent(vhost)}`);
  const header = response.headers.get("x-wharf-sequence");
  if (header === null || !/^\d+$/.test(header)) {
    throw new Error("the list of queues came without its sequence number (x-wharf-sequence)");
  }
  return { rows: (await response.json()) as QueueRow[], sequence: Number(header) };
}

export async function createQueue(
  api: Api,
  vhost: string,
  name: string,
  autoDelete: boolean,
): Promise<Creation> {
  const definition = { auto_delete: autoDelete, durable: false, arguments: {} };
  const response = await api.put(queuePath(vhost, name), definition);
  await response.text(); // an answer that is never read counts as a broken request
  return response.status === 201 ? "created" : "existed";
}

export async function deleteQueue(api: Api, vhost: string, name: string): Promise<void> {
  await api.delete(queuePath(vhost, name));
}

export function publishRate(row: QueueRow): number {
  return row.message_stats?.publish_details?.rate ?? 0;
}

export function deliverRate(row: QueueRow): number {
  return row.message_stats?.deliver_get_details?.rate ?? 0;
}

export function ackRate(row: QueueRow): number {
  return row.message_stats?.ack_details?.rate ?? 0;
}

/** Queues that exist only for one connection's subscription, as those behind a topic do. */
export function isSubscriptionQueue(row: QueueRow): boolean {
  return row.exclusive || row.name.startsWith("stomp-subscription-");
}

function queuePath(vhost: string, name: string): string {
  return `/api/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(name)}`;
}
