// Connections of a vhost, as the management API lists and closes them.

import { type Api, fetchRows, finish, pathTo } from "./http.ts";

export interface ConnectionRow {
  name: string;
  vhost: string;
  user: string;
  protocol?: string;
  transport?: string;
  peer_host?: string;
  peer_port?: number;
  /** Milliseconds since 1970. */
  connected_at?: number;
  send_oct?: number;
  send_oct_details?: { rate: number };
  recv_oct?: number;
  recv_oct_details?: { rate: number };
  subscriptions?: number;
  /** `blocked`: what it publishes waits for memory; `flow`: for a reader. */
  state?: string;
  /** Things to tell it that it has not come to yet. */
  outbox_messages?: number;
  /** Octets that were handed to it, and that it has not written to its socket. */
  outbox_bytes?: number;
}

export function fetchConnections(api: Api, vhost: string): Promise<{ rows: ConnectionRow[]; sequence: number }> {
  return fetchRows<ConnectionRow>(api, `${pathTo("vhosts", vhost)}/connections`);
}

/** Sends a connection away; its client is told the reason. */
export async function closeConnection(api: Api, name: string, reason: string): Promise<void> {
  // A header holds no line breaks, and no letters beyond Latin-1.
  const written = reason.replace(/[^\x20-\x7e\xa0-\xff]/g, " ").trim();
  await finish(api.delete(pathTo("connections", name), written === "" ? {} : { "x-reason": written }));
}

export function sentRate(row: ConnectionRow): number {
  return row.send_oct_details?.rate ?? 0;
}

export function receivedRate(row: ConnectionRow): number {
  return row.recv_oct_details?.rate ?? 0;
}
