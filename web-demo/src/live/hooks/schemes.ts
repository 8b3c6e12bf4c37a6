// How senders prove who they are: what each scheme is called, what it needs to know, and how a sender is set up.

import type { HookRow, Scheme } from "../../api/hooks.ts";

export interface SchemeFacts {
  label: string;
  /** What the secret is, and where it comes from. Null: there is none. */
  secret: { label: string; note: string; generate: "whsec" | "hex" | null } | null;
  /** Whether the signed time is checked, so that there is a tolerance. */
  timed: boolean;
  /** Where repeated deliveries are told by, when nothing else is said. */
  deduplicates: string;
}

export const SCHEME_FACTS: Record<Scheme, SchemeFacts> = {
  standard: {
    label: "Standard Webhooks (also Svix, and another Wharf)",
    secret: { label: "Secret", note: "whsec_ and base64, or whpk_ for ed25519: the one that the sender shows.", generate: "whsec" },
    timed: true,
    deduplicates: "webhook-id",
  },
  github: {
    label: "GitHub",
    secret: { label: "Secret", note: "The same text as in the Secret field at GitHub.", generate: "hex" },
    timed: false,
    deduplicates: "X-GitHub-Delivery",
  },
  stripe: {
    label: "Stripe",
    secret: { label: "Signing secret", note: "whsec_…: Stripe shows it at the endpoint.", generate: null },
    timed: true,
    deduplicates: "id in the body",
  },
  slack: {
    label: "Slack",
    secret: { label: "Signing secret", note: "Basic Information of the app, App Credentials.", generate: null },
    timed: true,
    deduplicates: "event_id in the body",
  },
  hmac: {
    label: "HMAC: another signature over the body",
    secret: { label: "Secret", note: "The text that the sender signs with.", generate: "hex" },
    timed: false,
    deduplicates: "nothing, unless a header or pointer is named",
  },
  bearer: {
    label: "Bearer token (CloudEvents, and others)",
    secret: { label: "Token", note: "What comes after Authorization: Bearer.", generate: "hex" },
    timed: false,
    deduplicates: "source and id of the event",
  },
  basic: {
    label: "User and password",
    secret: { label: "Password", note: "Sent as Authorization: Basic.", generate: "hex" },
    timed: false,
    deduplicates: "source and id of the event",
  },
  none: {
    label: "none: whoever knows the address may send",
    secret: null,
    timed: false,
    deduplicates: "source and id of the event",
  },
};

/** The whole address that a sender posts to; `base` is the gateway's. */
export function addressOf(row: Pick<HookRow, "url">, base: string): string {
  return row.url.startsWith("/") ? `${base}${row.url}` : row.url;
}

/** What to do at the sender, step by step. */
export function stepsFor(row: HookRow): string[] {
  const { scheme, header, user } = row.verification;
  switch (scheme) {
    case "standard":
      return [
        "At the sender, add an endpoint with this address.",
        "Give its secret to this hook (Edit), or the one made here to the sender.",
        "Nothing else: id, time and signature come in webhook-id, webhook-timestamp and webhook-signature. From another Wharf, create a webhook with this address.",
      ];
    case "github":
      return [
        "In the repository or organization: Settings, Webhooks, Add webhook.",
        "Payload URL: this address. Content type: application/json. Secret: the secret of this hook.",
        "Choose the events. GitHub sends a ping at once, which appears among the last requests.",
      ];
    case "stripe":
      return [
        "In the dashboard: Developers, Webhooks, Add destination, Webhook endpoint.",
        "Endpoint URL: this address. Choose the events.",
        "Copy the signing secret of the endpoint (whsec_…) into this hook (Edit).",
      ];
    case "slack":
      return [
        "Copy the app's signing secret (Basic Information) into this hook (Edit) first.",
        "Event Subscriptions, Request URL: this address. Slack sends a challenge, which is answered here.",
        "Subscribe to events, and install the app again.",
      ];
    case "hmac":
      return [
        "At the sender, post to this address.",
        `Sign ${row.verification.signed || "{body}"} with HMAC-${(row.verification.algorithm ?? "sha256").toUpperCase()} and the secret, written as ${row.verification.encoding ?? "hex"}.`,
        `Send it in ${header ?? "the header"}${row.verification.prefix ? ` behind ${row.verification.prefix}` : ""}${row.verification.timestamp_header ? `, with the time in ${row.verification.timestamp_header}` : ""}.`,
      ];
    case "bearer":
      return [
        "At the sender, post to this address with Authorization: Bearer and the token.",
        "Senders that ask first (the CloudEvents handshake) have to be named under allowed origins.",
      ];
    case "basic":
      return [`At the sender, post to this address as the user ${user ?? ""} with the password. Some take both in the address: https://USER:PASSWORD@…`];
    case "none":
      return [
        "At the sender, post to this address.",
        "Anybody who learns the address can send: allow only the sender's networks (Edit), or choose another verification.",
      ];
  }
}

/** A request by hand that this hook accepts, where a shell can make one. */
export function commandFor(row: HookRow, base: string): string {
  const address = quoted(addressOf(row, base));
  const body = `'{"hello":"wharf"}'`;
  const json = "-H 'content-type: application/json'";
  const { scheme, header = "X-Signature", prefix = "", algorithm = "sha256", encoding = "hex", signed, timestamp_header } = row.verification;
  switch (scheme) {
    case "standard":
      return `SECRET=whsec_...
body=${body}; now=$(date +%s)
key=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf %s "msg_try.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -i ${address} ${json} -H 'webhook-id: msg_try' \\
  -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" --data-binary "$body"`;
    case "github":
      return `SECRET=...
body=${body}
signature=$(${hmac("$body", "sha256", "hex")})
curl -i ${address} ${json} -H 'X-GitHub-Event: try' \\
  -H "X-GitHub-Delivery: $(date +%s)" -H "X-Hub-Signature-256: sha256=$signature" --data-binary "$body"`;
    case "stripe":
      return `SECRET=whsec_...
body='{"id":"evt_try","object":"event","type":"try"}'; now=$(date +%s)
signature=$(${hmac("$now.$body", "sha256", "hex")})
curl -i ${address} ${json} \\
  -H "Stripe-Signature: t=$now,v1=$signature" --data-binary "$body"`;
    case "slack":
      return `SECRET=...
body='{"type":"event_callback","event_id":"Ev1","event":{"type":"try"}}'; now=$(date +%s)
signature=$(${hmac("v0:$now:$body", "sha256", "hex")})
curl -i ${address} ${json} -H "X-Slack-Request-Timestamp: $now" \\
  -H "X-Slack-Signature: v0=$signature" --data-binary "$body"`;
    case "hmac": {
      const text = (signed || "{body}").replaceAll("{timestamp}", "$now").replaceAll("{body}", "$body");
      const time = timestamp_header ? ` -H "${timestamp_header}: $now"` : "";
      return `SECRET=...
body=${body}; now=$(date +%s)
signature=$(${hmac(text, algorithm, encoding)})
curl -i ${address} ${json}${time} \\
  -H "${header}: ${prefix}$signature" --data-binary "$body"`;
    }
    case "bearer":
      return `curl -i ${address} ${json} \\\n  -H "Authorization: Bearer $TOKEN" --data-binary ${body}`;
    case "basic":
      return `curl -i ${address} ${json} \\\n  -u "${row.verification.user ?? "USER"}:$PASSWORD" --data-binary ${body}`;
    case "none":
      return `curl -i ${address} ${json} \\\n  --data-binary ${body}`;
  }
}

/** Reads `$SECRET`; base64 of a long digest is otherwise written over several lines. */
function hmac(text: string, algorithm: string, encoding: string): string {
  const written = encoding === "base64" ? "-binary | base64 | tr -d '\\n'" : "-r | cut -d' ' -f1";
  return `printf %s "${text}" | openssl dgst -${algorithm} -hmac "$SECRET" ${written}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "%27")}'`;
}

/** A new secret of 32 random octets, written as a scheme wants it. */
export function makeSecret(kind: "whsec" | "hex"): string {
  const octets = crypto.getRandomValues(new Uint8Array(32));
  if (kind === "hex") return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return `whsec_${btoa(String.fromCharCode(...octets))}`;
}
