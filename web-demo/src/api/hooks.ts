// Inbound hooks: where other people's webhooks arrive, and what came.

import { type Api, finish, pathTo } from "./http.ts";

export const SCHEMES = ["standard", "github", "stripe", "slack", "hmac", "bearer", "basic", "none"] as const;

export type Scheme = (typeof SCHEMES)[number];

/** How a request proves where it comes from. */
export interface Verification {
  scheme: Scheme;
  /** Seconds that a signed time may be off. */
  tolerance?: number;
  header?: string;
  prefix?: string;
  algorithm?: "sha256" | "sha512";
  encoding?: "hex" | "base64";
  /** What is signed: `{timestamp}.{body}`. */
  signed?: string;
  timestamp_header?: string | null;
  user?: string;
  /** Write-only. */
  secret?: string;
  previous_secret?: string;
  has_secret?: boolean;
  has_previous_secret?: boolean;
}

/** Templates of the event's attributes. */
export interface Mapping {
  type?: string;
  source?: string;
  id?: string;
  subject?: string;
  time?: string;
  extensions?: Record<string, string>;
}

export interface HookDefinition {
  destination: string;
  description: string;
  verification: Verification;
  deduplication: { window: number; header: string | null; pointer: string | null };
  mapping: Mapping;
  allowed_origins: readonly string[];
  /** Requests per minute. */
  allowed_rate: number | null;
  allowed_networks: readonly string[];
  kept_headers: readonly string[];
}

export interface HookRow extends HookDefinition {
  vhost: string;
  name: string;
  /** The path that receives. */
  url: string;
  status: { accepted: number; duplicates: number; refused: number; last_request: string | null };
}

export interface HookRequest {
  at: string;
  address: string;
  method: string;
  outcome: "accepted" | "duplicate" | "refused" | "challenge";
  status: number;
  reason: string | null;
  /** The sender's name of this delivery. */
  delivery: string | null;
  event: { id: string; source: string; type: string } | null;
  headers: Record<string, string>;
  octets: number;
  /** Of verified requests alone. */
  body: string | null;
}

export async function fetchHooks(api: Api, vhost: string): Promise<HookRow[]> {
  return (await (await api.get(pathTo("hooks", vhost))).json()) as HookRow[];
}

export async function putHook(api: Api, vhost: string, name: string, definition: HookDefinition): Promise<void> {
  await finish(api.put(pathTo("hooks", vhost, name), definition));
}

export async function deleteHook(api: Api, vhost: string, name: string): Promise<void> {
  await finish(api.delete(pathTo("hooks", vhost, name)));
}

/** Newest first; the gateway keeps the last fifty in memory. */
export async function fetchRequests(api: Api, vhost: string, name: string): Promise<HookRequest[]> {
  return (await (await api.get(`${pathTo("hooks", vhost, name)}/requests`)).json()) as HookRequest[];
}
