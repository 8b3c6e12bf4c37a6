// Messages, as the management API publishes, shows and moves them.

import { type Api, pathTo } from "./http.ts";

/** What the exchange is called in paths whose name is empty. */
export const DEFAULT_EXCHANGE = "amq.default";

export interface Properties {
  content_type?: string;
  content_encoding?: string;
  /** 2: persistent. */
  delivery_mode?: 1 | 2;
  priority?: number;
  correlation_id?: string;
  reply_to?: string;
  /** Milliseconds. */
  expiration?: string;
  message_id?: string;
  /** Milliseconds since 1970. */
  timestamp?: number;
  type?: string;
  app_id?: string;
  headers?: Record<string, string>;
}

export interface Publication {
  routingKey: string;
  payload: string;
  /** How the payload is written. Default `string`. */
  encoding?: "string" | "base64";
  properties?: Properties;
}

/** A message in a queue. */
export interface Seen {
  /** Of the whole payload, however much of it is shown. */
  payload_bytes: number;
  redelivered: boolean;
  exchange: string;
  routing_key: string;
  /** How many wait behind it. */
  message_count: number;
  properties: Properties;
  payload: string;
  payload_encoding: "string" | "base64";
}

/** A message of a stream. */
export interface Kept extends Seen {
  offset: number;
  /** When, in milliseconds since 1970. */
  published: number;
}

/** Resolves with whether any queue took it. */
export async function publishMessage(
  api: Api,
  vhost: string,
  exchange: string,
  publication: Publication,
): Promise<boolean> {
  const path = `${pathTo("exchanges", vhost, exchange || DEFAULT_EXCHANGE)}/publish`;
  const answer = (await (await api.post(path, bodyOfPublication(publication))).json()) as { routed: boolean };
  return answer.routed;
}

/** A publication as the API wants it. */
export function bodyOfPublication({ routingKey, payload, encoding = "string", properties = {} }: Publication) {
  return { routing_key: routingKey, payload, payload_encoding: encoding, properties };
}

/**
 * What becomes of messages that are looked at: they stay as they are, leave the queue as if acked, or leave it as if
 * rejected, to be dead-lettered where the queue says so.
 */
export type Disposal = "leave" | "ack" | "reject";

const ACK_MODES = { leave: "ack_requeue_true", ack: "ack_requeue_false", reject: "reject_requeue_false" } as const;

/** The messages at the head of a queue; of each payload at most `truncate` octets. */
export async function getMessages(
  api: Api,
  vhost: string,
  queue: string,
  { count, disposal = "leave", truncate }: { count: number; disposal?: Disposal; truncate?: number },
): Promise<Seen[]> {
  const body = { count, ackmode: ACK_MODES[disposal], encoding: "auto", ...(truncate !== undefined && { truncate }) };
  return (await (await api.post(`${pathTo("queues", vhost, queue)}/get`, body)).json()) as Seen[];
}

/** The messages of a stream from a place on, as `x-stream-offset` says it: `first`, `last`, `offset=5`, `timestamp=SECONDS`. */
export async function readStream(
  api: Api,
  vhost: string,
  stream: string,
  { offset, count, truncate }: { offset: string; count: number; truncate?: number },
): Promise<Kept[]> {
  const body = { count, ackmode: ACK_MODES.leave, encoding: "auto", offset, ...(truncate !== undefined && { truncate }) };
  return (await (await api.post(`${pathTo("queues", vhost, stream)}/get`, body)).json()) as Kept[];
}

/** Moves what waits to the tail of another queue: all, or at most `count`. Resolves with how many it was. */
export async function moveMessages(
  api: Api,
  vhost: string,
  from: string,
  to: string,
  count?: number,
): Promise<number> {
  const body = { action: "move", destination: to, ...(count !== undefined && { count }) };
  const answer = (await (await api.post(`${pathTo("queues", vhost, from)}/actions`, body)).json()) as { moved: number };
  return answer.moved;
}
