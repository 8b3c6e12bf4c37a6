// Exchanges of a vhost, as the management API lists, declares and deletes them.

import { type Api, fetchRows, finish, pathTo } from "./http.ts";
import { DEFAULT_EXCHANGE } from "./messages.ts";
import type { Creation } from "./queues.ts";

export const EXCHANGE_TYPES = ["direct", "fanout", "topic", "headers"] as const;

export type ExchangeType = (typeof EXCHANGE_TYPES)[number];

export interface ExchangeRow {
  /** "" is the default exchange. */
  name: string;
  vhost: string;
  type: string;
  durable: boolean;
  /** Only the server publishes to it. */
  internal?: boolean;
  arguments?: { "alternate-exchange"?: string };
  message_stats?: {
    publish_in?: number;
    publish_in_details?: { rate: number };
    publish_out?: number;
    publish_out_details?: { rate: number };
  };
}

export interface ExchangeDefinition {
  name: string;
  type: string;
  durable: boolean;
  /** Takes what this one cannot route; "": nobody does. */
  alternate: string;
}

export function fetchExchanges(api: Api, vhost: string): Promise<{ rows: ExchangeRow[]; sequence: number }> {
  return fetchRows<ExchangeRow>(api, pathTo("exchanges", vhost));
}

export async function createExchange(api: Api, vhost: string, definition: ExchangeDefinition): Promise<Creation> {
  const { name, type, durable, alternate } = definition;
  const body = { type, durable, arguments: alternate === "" ? {} : { "alternate-exchange": alternate } };
  return (await finish(api.put(pathTo("exchanges", vhost, name), body))) === 201 ? "created" : "existed";
}

/** With `ifUnused` one that has bindings is refused. */
export async function deleteExchange(api: Api, vhost: string, name: string, { ifUnused = false } = {}): Promise<void> {
  await finish(api.delete(pathTo("exchanges", vhost, name) + (ifUnused ? "?if-unused=true" : "")));
}

/** What declares this exchange again as it was. */
export function definitionOfExchange(row: ExchangeRow): ExchangeDefinition {
  return { name: row.name, type: row.type, durable: row.durable, alternate: row.arguments?.["alternate-exchange"] ?? "" };
}

/** Messages published to it, a second. */
export function inRate(row: ExchangeRow): number {
  return row.message_stats?.publish_in_details?.rate ?? 0;
}

/** Messages routed to queues, a second: one counts once for each queue. */
export function outRate(row: ExchangeRow): number {
  return row.message_stats?.publish_out_details?.rate ?? 0;
}

/** The server's own exchanges, which nobody deletes. */
export function isBuiltIn(row: ExchangeRow): boolean {
  return row.name === "" || row.name.startsWith("amq.") || row.name.startsWith("wharf.");
}

/** How an exchange is called in paths. */
export function pathName(name: string): string {
  return name || DEFAULT_EXCHANGE;
}

/** The name behind that of a path. */
export function nameOfPath(path: string): string {
  return path === DEFAULT_EXCHANGE ? "" : path;
}
