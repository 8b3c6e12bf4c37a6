// The form of an inbound hook: its fields as text, and the definition that they say.

import { type HookDefinition, type HookRow, type Scheme, SCHEMES, type Verification } from "../../api/hooks.ts";
import { readHeaders } from "../header-lines.ts";
import { SCHEME_FACTS } from "./schemes.ts";

/** Text of a field, "" when nothing was filled in. */
export type Given = (name: string) => string;

const DAY_S = 86_400;
const TOLERANCE_S = 300;
const MAPPED = ["type", "source", "id", "subject", "time"] as const;

/** What the fields hold at first. */
export function fieldsOfHook(row: HookRow | null): Record<string, string> {
  const verification: Partial<Verification> = row?.verification ?? {};
  const mapping = row?.mapping ?? {};
  return {
    name: row?.name ?? "",
    destination: row?.destination ?? "",
    description: row?.description ?? "",
    scheme: verification.scheme ?? "standard",
    tolerance: String(verification.tolerance ?? TOLERANCE_S),
    header: verification.header ?? "X-Signature",
    prefix: verification.prefix ?? (row ? "" : "sha256="),
    algorithm: verification.algorithm ?? "sha256",
    encoding: verification.encoding ?? "hex",
    signed: verification.signed ?? "{body}",
    "timestamp-header": verification.timestamp_header ?? "",
    user: verification.user ?? "",
    window: String(row?.deduplication?.window ?? DAY_S),
    "id-header": row?.deduplication?.header ?? "",
    "id-pointer": row?.deduplication?.pointer ?? "",
    ...Object.fromEntries(MAPPED.map((name) => [`map-${name}`, mapping[name] ?? ""])),
    extensions: Object.entries(mapping.extensions ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n"),
    origins: (row?.allowed_origins ?? []).join(", "),
    rate: row?.allowed_rate == null ? "" : String(row.allowed_rate),
    networks: (row?.allowed_networks ?? []).join(", "),
    kept: (row?.kept_headers ?? []).join(", "),
  };
}

/** The definition that the fields say. Secrets that were not typed again are left out, and stay. Throws with what is wrong. */
export function readHook(given: Given): HookDefinition {
  const rate = given("rate").trim();
  return {
    destination: given("destination").trim(),
    description: given("description").trim(),
    verification: readVerification(given),
    deduplication: { window: Number(given("window") || DAY_S), header: textOrNull(given("id-header")), pointer: readPointer(given("id-pointer")) },
    mapping: readMapping(given),
    allowed_origins: words(given("origins")),
    allowed_rate: rate === "" ? null : Number(rate),
    allowed_networks: words(given("networks")),
    kept_headers: words(given("kept")).map((name) => name.toLowerCase()),
  };
}

function readVerification(given: Given): Verification {
  const scheme = SCHEMES.find((one) => one === given("scheme")) ?? "standard";
  const timestampHeader = textOrNull(given("timestamp-header"));
  return {
    scheme,
    ...(isTimed(scheme, timestampHeader) && { tolerance: Number(given("tolerance") || TOLERANCE_S) }),
    ...(scheme === "hmac" && readSignature(given, timestampHeader)),
    ...(scheme === "basic" && { user: given("user").trim() }),
    ...(scheme !== "none" && readSecrets(given)),
  };
}

/** Whether how old a request may be is checked. */
export function isTimed(scheme: Scheme, timestampHeader: string | null): boolean {
  return SCHEME_FACTS[scheme].timed || (scheme === "hmac" && timestampHeader !== null);
}

function readSignature(given: Given, timestampHeader: string | null): Partial<Verification> {
  const signed = given("signed").trim() || "{body}";
  if (!signed.includes("{body}")) throw new Error("What is signed has to hold {body}, or the body could be anything.");
  if (signed.includes("{timestamp}") !== (timestampHeader !== null)) {
    throw new Error("{timestamp} in what is signed and the header of the time belong together: give both, or neither.");
  }
  return {
    header: given("header").trim(),
    prefix: given("prefix"),
    algorithm: given("algorithm") === "sha512" ? "sha512" : "sha256",
    encoding: given("encoding") === "base64" ? "base64" : "hex",
    signed,
    ...(timestampHeader !== null && { timestamp_header: timestampHeader }),
  };
}

function readSecrets(given: Given): Partial<Verification> {
  const [secret, previous] = [given("secret").trim(), given("previous-secret").trim()];
  return { ...(secret !== "" && { secret }), ...(previous !== "" && { previous_secret: previous }) };
}

function readMapping(given: Given): HookDefinition["mapping"] {
  const named = MAPPED.map((name) => [name, given(`map-${name}`).trim()] as const).filter(([, template]) => template !== "");
  const extensions = readHeaders(given("extensions"));
  const wrong = Object.keys(extensions).find((name) => !/^[a-z0-9]+$/.test(name));
  if (wrong !== undefined) throw new Error(`“${wrong}” is no attribute of an event; those are of a–z and 0–9.`);
  return { ...Object.fromEntries(named), ...(Object.keys(extensions).length > 0 && { extensions }) };
}

function readPointer(text: string): string | null {
  const pointer = text.trim();
  if (pointer !== "" && !pointer.startsWith("/")) throw new Error(`“${pointer}” is no JSON pointer: those begin with a slash, as /id.`);
  return textOrNull(pointer);
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
