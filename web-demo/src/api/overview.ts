// What the gateway says of itself, and of all that it holds.

import type { Api } from "./http.ts";
import type { Node } from "./nodes.ts";

export interface Overview {
  product_name?: string;
  product_version?: string;
  node?: string;
  cluster_name?: string;
  engine?: string;
  /** Milliseconds since it started. */
  uptime?: number;
  object_totals?: Partial<Record<"connections" | "queues" | "consumers" | "exchanges", number>>;
  queue_totals?: QueueTotals;
  message_stats?: MessageStats;
  listeners?: Listener[];
}

export interface QueueTotals {
  messages?: number;
  messages_ready?: number;
  messages_unacknowledged?: number;
  messages_ready_details?: Details;
  messages_unacknowledged_details?: Details;
}

/** Counts since the start, and how fast they grow. `publish` counts a message once, however many queues took it. */
export interface MessageStats {
  publish?: number;
  publish_details?: Details;
  deliver_get?: number;
  deliver_get_details?: Details;
  ack?: number;
  ack_details?: Details;
  redeliver?: number;
  redeliver_details?: Details;
}

export interface Details {
  /** A second. */
  rate?: number;
  /** Newest first; only when they were asked for. */
  samples?: Sample[];
}

export interface Sample {
  /** Milliseconds since 1970. */
  timestamp: number;
  sample: number;
}

export interface Listener {
  protocol: string;
  ip_address: string;
  port: number;
}

/** A sample of the exchange `wharf.statistics`. */
export interface OverviewMessage {
  /** Milliseconds since 1970, by the server's clock. */
  time: number;
  overview: Overview;
  node?: Node;
  /** Grows whenever a queue, exchange, binding or subscription of the vhost came or went. */
  topology?: number;
}

/** As long as the server keeps samples. */
const SAMPLED_SECONDS = 600;

/** With samples of the last ten minutes, where the server keeps them. */
export async function fetchOverview(api: Api): Promise<Overview> {
  const response = await api.get(`/api/overview?msg_rates_age=${SAMPLED_SECONDS}&msg_rates_incr=1`);
  return (await response.json()) as Overview;
}

/** Reads a message body, or says why it is none. */
export function parseOverview(body: unknown): OverviewMessage {
  const message = body as Partial<OverviewMessage> | null;
  if (typeof message?.time !== "number" || typeof message.overview !== "object") {
    throw new Error("an overview message lacks time or overview");
  }
  return message as OverviewMessage;
}
