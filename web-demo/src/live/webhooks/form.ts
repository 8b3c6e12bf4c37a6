// The form of a webhook: its fields as text, and the definition that they say.

import { type Mode, MODES, type Signature, SIGNATURES, type Webhook, type WebhookConfig, type WebhookDefinition } from "../../api/webhooks.ts";
import { queueOf, streamOf } from "../destinations.ts";
import { readHeaders } from "../header-lines.ts";
import { parseFilters } from "./filters.ts";
import { DEFAULT_SCHEDULE, parseSchedule, writeSchedule } from "./schedule.ts";

/** Text of a field, "" when nothing was filled in. */
export type Given = (name: string) => string;

const DEFAULTS = { mode: "structured", signature: "v1", timeout: 15, concurrency: 8, batch: { max: 100, wait: 1 } } as const;

/** Where a source's events come from, which decides what can be asked for. */
export type SourceKind = "queue" | "stream" | "exchange" | "none";

export function kindOfSource(source: string): SourceKind {
  if (queueOf(source) !== null) return "queue";
  if (streamOf(source) !== null) return "stream";
  return /^\/(topic|exchange)\/./.test(source) ? "exchange" : "none";
}

/** What the fields hold at first. */
export function fieldsOf(webhook: Webhook | null): Record<string, string> {
  const config: Partial<WebhookConfig> = webhook?.config ?? {};
  return {
    description: config.description ?? "",
    source: webhook?.source ?? "",
    sink: webhook?.sink ?? "",
    types: (webhook?.types ?? []).join(", "),
    filters: webhook?.filters?.length ? JSON.stringify(webhook.filters, null, 2) : "",
    mode: config.mode ?? DEFAULTS.mode,
    signature: config.signature ?? DEFAULTS.signature,
    verification: config.verification ?? "",
    schedule: writeSchedule(config.retry_schedule ?? DEFAULT_SCHEDULE),
    ordering: config.ordering ?? "none",
    exhausted: config.on_exhausted ?? "dead_letter",
    rate: config.rate == null ? "" : String(config.rate),
    concurrency: String(config.concurrency ?? DEFAULTS.concurrency),
    timeout: String(config.timeout ?? DEFAULTS.timeout),
    profile: config.profile ?? "default",
    encoding: config.header_encoding ?? "percent",
    "batch-max": String(config.batch?.max ?? DEFAULTS.batch.max),
    "batch-wait": String(config.batch?.wait ?? DEFAULTS.batch.wait),
    from: config.from ?? "next",
    headers: Object.entries(webhook?.protocolsettings?.headers ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n"),
  };
}

/** The definition that the fields say, on top of what `before` says that no field is about. Throws with what is wrong. */
export function readDefinition(given: Given, vhost: string, before: WebhookDefinition | null): WebhookDefinition {
  const source = given("source").trim();
  const kind = kindOfSource(source);
  const definition: WebhookDefinition = {
    vhost,
    source,
    sink: given("sink").trim(),
    protocol: "HTTP",
    protocolsettings: { ...before?.protocolsettings, headers: readHeaders(given("headers")) },
    config: { ...before?.config, ...readConfig(given, kind) },
  };
  if (kind !== "queue") {
    definition.types = readWords(given("types"));
    definition.filters = parseFilters(given("filters"));
  }
  const credential = readCredential(given, before);
  return credential ? { ...definition, sinkcredential: credential } : definition;
}

function readConfig(given: Given, kind: SourceKind): WebhookDefinition["config"] {
  const [verification, secret, rate] = [given("verification"), given("secret").trim(), given("rate").trim()];
  return {
    description: given("description").trim(),
    mode: oneOf(MODES, given("mode"), DEFAULTS.mode) as Mode,
    signature: oneOf(SIGNATURES, given("signature"), DEFAULTS.signature) as Signature,
    retry_schedule: parseSchedule(given("schedule")),
    ordering: given("ordering") === "key" ? "key" : "none",
    on_exhausted: given("exhausted") === "block" ? "block" : "dead_letter",
    rate: rate === "" ? null : Number(rate),
    concurrency: numberOr(given("concurrency"), DEFAULTS.concurrency),
    timeout: numberOr(given("timeout"), DEFAULTS.timeout),
    profile: given("profile") === "knative" ? "knative" : "default",
    header_encoding: given("encoding") === "raw" ? "raw" : "percent",
    batch: { max: numberOr(given("batch-max"), DEFAULTS.batch.max), wait: numberOr(given("batch-wait"), DEFAULTS.batch.wait) },
    ...((verification === "off" || verification === "required") && { verification }),
    ...(kind === "stream" && given("from") !== "" && { from: given("from") }),
    ...(secret !== "" && { secret }),
  };
}

function readCredential(given: Given, before: WebhookDefinition | null): WebhookDefinition["sinkcredential"] {
  const token = given("token").trim();
  if (token !== "") return { credentialtype: "ACCESSTOKEN", accesstoken: token };
  return given("forget-token") === "" ? before?.sinkcredential : undefined;
}

/** Words between commas, blanks or lines. */
export function readWords(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function numberOr(text: string, otherwise: number): number {
  return text.trim() === "" ? otherwise : Number(text);
}

function oneOf(choices: readonly string[], text: string, otherwise: string): string {
  return choices.includes(text) ? text : otherwise;
}
