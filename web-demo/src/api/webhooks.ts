// Webhooks: what the gateway posts to other people's endpoints, and how each attempt went.

import { type Api, finish, pathTo } from "./http.ts";

export const MODES = ["structured", "binary", "batch"] as const;
export const SIGNATURES = ["v1", "v1a", "none"] as const;

export type Mode = (typeof MODES)[number];
export type Signature = (typeof SIGNATURES)[number];

/** What is asked for; the gateway fills in what is left out. */
export interface WebhookDefinition {
  vhost: string;
  /** A destination. */
  source: string;
  types?: readonly string[];
  filters?: readonly unknown[];
  /** The URL of the endpoint. */
  sink: string;
  protocol: "HTTP";
  protocolsettings?: { method?: string; headers?: Record<string, string> };
  /** Its secrets are write-only: without them those that are stored stay. */
  sinkcredential?: { credentialtype: string; accesstoken?: string };
  config: Partial<WebhookConfig> & { secret?: string };
}

export interface WebhookConfig {
  description: string;
  mode: Mode;
  signature: Signature;
  /** Seconds before each further attempt. */
  retry_schedule: readonly number[];
  profile: "default" | "knative";
  /** Seconds that one attempt may take. */
  timeout: number;
  /** Requests at a time. */
  concurrency: number;
  /** Requests per minute; null: no limit. */
  rate: number | null;
  ordering: "none" | "key";
  on_exhausted: "dead_letter" | "block";
  verification: "off" | "required";
  header_encoding: "percent" | "raw";
  batch: { max: number; wait: number };
  /** Of streams: where to begin. */
  from?: string;
  /** Octets of attempts that are kept. */
  keep?: number;
  disabled: boolean;
}

export interface WebhookStatus {
  state: "active" | "disabled" | "unverified" | "paused" | "failing";
  reason: string | null;
  circuit: "closed" | "open" | "half_open";
  retry_at: string | null;
  queue: string;
  waiting: number;
  retrying: number;
  in_flight: number;
  dead: number;
  dead_letter_queue: string;
  delivered: number;
  failed_attempts: number;
  dead_lettered: number;
  filtered: number;
  replayed: number;
  last_success: string | null;
  last_failure: string | null;
  last_error: string | null;
  /** What the endpoint allowed when it was verified, per minute. */
  allowed_rate: number | null;
  /** Of `v1a`: what a receiver verifies with. */
  public_key: string | null;
}

export interface Webhook extends WebhookDefinition {
  id: string;
  config: WebhookConfig & { secret?: string };
  /** About its CESQL filters. */
  warnings?: readonly string[];
  status: WebhookStatus;
}

/** A webhook as a row of a list, named by its id. */
export interface WebhookRow extends Webhook {
  name: string;
}

export const OUTCOMES = ["delivered", "failed", "dead"] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Attempt {
  at: string;
  message: string;
  attempt: number;
  kind: "delivery" | "test" | "replay";
  outcome: Outcome;
  event: { id: string; source: string; type: string; subject: string | null } | null;
  url: string;
  address: string | null;
  /** Null when there was no answer. */
  status: number | null;
  error: string | null;
  reason: string | null;
  duration_ms: number;
  next_attempt: string | null;
  request: Sent;
  response: Sent | null;
}

export interface Sent {
  headers: Record<string, string>;
  /** The beginning of it; null when it is no text, or there was none. */
  body: string | null;
}

export interface Attempts {
  /** Newest first. */
  attempts: Attempt[];
  /** How many were looked at. */
  scanned: number;
  /** Whether all that are kept were looked at. */
  complete: boolean;
}

/** Which attempts; what is left out does not matter. */
export interface AttemptQuery {
  outcome?: Outcome;
  status?: number;
  event?: string;
  since?: string;
  until?: string;
  limit?: number;
}

export interface ReplayRequest {
  since?: string;
  until?: string;
  outcome: Outcome | null;
  event?: string;
  message?: string;
}

export async function fetchWebhooks(api: Api, vhost: string): Promise<WebhookRow[]> {
  const rows = (await (await api.get(`${COLLECTION}?vhost=${encodeURIComponent(vhost)}`)).json()) as Webhook[];
  return rows.map((row) => ({ ...row, name: row.id }));
}

/** The answer is the only one that holds the secret. */
export async function createWebhook(api: Api, definition: WebhookDefinition): Promise<Webhook> {
  return (await (await api.post(COLLECTION, definition)).json()) as Webhook;
}

export async function changeWebhook(api: Api, id: string, definition: WebhookDefinition): Promise<Webhook> {
  return (await (await api.put(pathTo("subscriptions", id), definition)).json()) as Webhook;
}

export async function deleteWebhook(api: Api, id: string): Promise<void> {
  await finish(api.delete(pathTo("subscriptions", id)));
}

/** Sends a test event now, past the queue. */
export async function testWebhook(api: Api, id: string): Promise<Attempt> {
  return (await (await api.post(pathTo("subscriptions", id, "test"), {})).json()) as Attempt;
}

/** Asks the endpoint again whether it wants our requests. */
export async function verifyWebhook(api: Api, id: string): Promise<void> {
  await finish(api.post(pathTo("subscriptions", id, "verify"), {}));
}

export async function enableWebhook(api: Api, id: string, enabled: boolean): Promise<void> {
  await finish(api.post(pathTo("subscriptions", id, enabled ? "enable" : "disable"), {}));
}

export interface NewSecret {
  secret: string;
  /** Until then deliveries are signed with both. */
  previous_valid_until: string | null;
}

export async function rotateSecret(api: Api, id: string): Promise<NewSecret> {
  return (await (await api.post(pathTo("subscriptions", id, "rotate-secret"), {})).json()) as NewSecret;
}

export async function fetchAttempts(api: Api, id: string, query: AttemptQuery): Promise<Attempts> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return (await (await api.get(`${pathTo("subscriptions", id, "attempts")}${text && `?${text}`}`)).json()) as Attempts;
}

/** Resolves with how many messages are sent again. */
export async function replayAttempts(api: Api, id: string, request: ReplayRequest): Promise<number> {
  const answer = (await (await api.post(pathTo("subscriptions", id, "replay"), request)).json()) as { replayed: number };
  return answer.replayed;
}

/** What defines this webhook, as it is: to be changed and put back. Secrets are not in it, and stay. */
export function definitionOfWebhook(row: Webhook): WebhookDefinition {
  const { vhost, source, types, filters, sink, protocol, protocolsettings, sinkcredential, config } = row;
  const { secret: _, ...kept } = config;
  return {
    vhost,
    source,
    sink,
    protocol,
    config: kept,
    ...(types && { types }),
    ...(filters && { filters }),
    ...(protocolsettings && { protocolsettings }),
    ...(sinkcredential && { sinkcredential }),
  };
}

/** How a webhook is called: by what somebody wrote about it, else by its endpoint. */
export function labelOfWebhook({ config, sink }: Webhook): string {
  return config.description || sinkText(sink);
}

/** An address without what nearly all of them begin with. */
export function sinkText(sink: string): string {
  return sink.replace(/^https:\/\//, "");
}

const COLLECTION = "/api/subscriptions";
