// Publishing one message or many, with the broker's confirmation for each.

import type { Client } from "/client/index.js";
import { type Failure, failureOf } from "./failure.ts";

export interface Publication {
  destination: string;
  body: string;
  contentType: string;
  headers: Record<string, string>;
  count: number;
}

export interface Outcome {
  confirmed: number;
  /** Queues reached, summed over the messages; null if the broker did not say. */
  routed: number | null;
  milliseconds: number;
  failure: Failure | null;
}

export const MAX_COUNT = 10_000;
/** Enough to keep the connection busy, few enough to stop soon after a refusal. */
const IN_FLIGHT = 64;

export async function publish(
  client: Client,
  publication: Publication,
  progress: (confirmed: number) => void,
): Promise<Outcome> {
  const { destination, body, contentType, headers, count } = publication;
  const outcome: Outcome = { confirmed: 0, routed: 0, milliseconds: 0, failure: null };
  const began = performance.now();
  let sent = 0;

  async function lane(): Promise<void> {
    while (sent < count && !outcome.failure) {
      sent += 1;
      try {
        const { routed } = await client.publish(destination, body, { contentType, headers });
        outcome.confirmed += 1;
        outcome.routed = routed === undefined || outcome.routed === null ? null : outcome.routed + routed;
        progress(outcome.confirmed);
      } catch (error) {
        outcome.failure ??= failureOf(error);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, lane));
  outcome.milliseconds = performance.now() - began;
  return outcome;
}

/** Reads `name: value` lines. The first line that is none is returned as the error. */
export function parseHeaders(text: string): { headers: Record<string, string> } | { badLine: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (name === "") return { badLine: line.trim() };
    headers[name] = line.slice(colon + 1).trim();
  }
  return { headers };
}
