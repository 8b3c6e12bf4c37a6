// Queues and streams of a vhost, as the management API lists, creates, empties and deletes them.

import { type Api, fetchRows, finish, pathTo } from "./http.ts";

export interface QueueRow {
  name: string;
  vhost: string;
  type?: string;
  durable: boolean;
  exclusive: boolean;
  auto_delete: boolean;
  arguments?: Arguments;
  state?: string;
  messages: number;
  messages_ready: number;
  messages_unacknowledged: number;
  /** Given back with a delay, or published with one. */
  messages_delayed?: number;
  message_bytes?: number;
  consumers: number;
  message_stats?: {
    publish?: number;
    publish_details?: Rate;
    deliver_get?: number;
    deliver_get_details?: Rate;
    ack?: number;
    ack_details?: Rate;
    redeliver?: number;
    redeliver_details?: Rate;
    dropped?: number;
    expired?: number;
    dead_lettered?: number;
  };
  /** Of a stream alone: its `messages_ready` are those that it keeps, its `message_bytes` what it takes up. */
  stream?: StreamFigures;
}

export interface StreamFigures {
  /** Identity of its offsets: a stream of the same name that is created later has another. */
  epoch: string;
  /** Of the oldest message that is kept. */
  first_offset: number;
  /** That the next message gets. */
  next_offset: number;
  /** Files of its own, beside the journal. */
  segments: number;
  groups: readonly ConsumerGroup[];
}

export interface ConsumerGroup {
  name: string;
  /** What is below is done. */
  committed_offset: number;
  /** Messages that are not done. */
  lag: number;
  /** Subscriptions. */
  consumers: number;
}

export interface StreamRow extends QueueRow {
  stream: StreamFigures;
}

/** Optional arguments of a declaration, `x-...`. */
export type Arguments = Record<string, string | number | boolean>;

interface Rate {
  rate: number;
}

export interface QueueDefinition {
  name: string;
  durable: boolean;
  autoDelete: boolean;
  arguments: Arguments;
}

/** All queues of a vhost, at least as new as the statistics message with this sequence number. */
export interface QueueSnapshot {
  rows: QueueRow[];
  sequence: number;
}

export type Creation = "created" | "existed";

export function fetchSnapshot(api: Api, vhost: string): Promise<QueueSnapshot> {
  return fetchRows<QueueRow>(api, pathTo("queues", vhost));
}

export async function createQueue(api: Api, vhost: string, definition: QueueDefinition): Promise<Creation> {
  const { name, durable, autoDelete, arguments: given } = definition;
  const body = { durable, auto_delete: autoDelete, arguments: given };
  return (await finish(api.put(pathTo("queues", vhost, name), body))) === 201 ? "created" : "existed";
}

/** With `ifEmpty` a queue that holds messages is refused, so that nothing is lost that nobody agreed to lose. */
export async function deleteQueue(api: Api, vhost: string, name: string, { ifEmpty = false } = {}): Promise<void> {
  await finish(api.delete(pathTo("queues", vhost, name) + (ifEmpty ? "?if-empty=true" : "")));
}

/** Drops what is ready or delayed; what is unacked stays. */
export async function purgeQueue(api: Api, vhost: string, name: string): Promise<void> {
  await finish(api.delete(`${pathTo("queues", vhost, name)}/contents`));
}

/** What declares this queue again as it was. */
export function definitionOf(row: QueueRow): QueueDefinition {
  return { name: row.name, durable: row.durable, autoDelete: row.auto_delete, arguments: row.arguments ?? {} };
}

export function isStream(row: QueueRow): row is StreamRow {
  return row.stream !== undefined;
}

/** Ready, unacked and delayed. What a reader of a stream has not settled is kept all the same, and counts once. */
export function depthOf(row: QueueRow): number {
  return isStream(row) ? row.messages_ready : row.messages;
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
