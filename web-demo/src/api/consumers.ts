// Subscriptions that take messages, as the management API lists them.

import { type Api, pathTo } from "./http.ts";

export interface Consumer {
  queue: { name: string; vhost: string };
  consumer_tag: string;
  ack_required: boolean;
  /** Most unacked messages; 0: no limit. */
  prefetch_count: number;
  exclusive: boolean;
  active: boolean;
  /** `waiting`: its queue serves another one. */
  activity_status: "up" | "single_active" | "waiting";
  arguments: { "x-priority"?: number };
  unacked: number;
  channel_details: { connection_name: string; user: string; peer_host: string; peer_port: number };
}

/** All of the vhost, or those of one queue. */
export async function fetchConsumers(api: Api, vhost: string, queue?: string): Promise<Consumer[]> {
  const query = queue === undefined ? "" : `?queue=${encodeURIComponent(queue)}`;
  return (await (await api.get(pathTo("consumers", vhost) + query)).json()) as Consumer[];
}
