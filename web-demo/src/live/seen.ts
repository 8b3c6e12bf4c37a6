// A message that the management API shows, as the page shows it.

import type { Seen } from "../api/messages.ts";

export function octetsOf(message: Seen): Uint8Array {
  if (message.payload_encoding === "string") return new TextEncoder().encode(message.payload);
  return Uint8Array.from(atob(message.payload), (sign) => sign.charCodeAt(0));
}

/** Where it was published, its properties and its headers. */
export function factsOf({ exchange, routing_key, properties }: Seen): [name: string, value: string][] {
  const { headers = {}, ...own } = properties;
  const known = Object.entries(own).map(([name, value]): [string, string] => [name.replaceAll("_", "-"), String(value)]);
  return [["exchange", exchange || "(default exchange)"], ["routing key", routing_key], ...known, ...Object.entries(headers)];
}
