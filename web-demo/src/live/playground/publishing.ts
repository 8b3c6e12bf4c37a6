// Publishing one message or many, with the gateway's confirmation for each.

import { type Failure, failureOf } from "../failure.ts";
import type { Outgoing, Protocol, Routed } from "./protocol.ts";

export interface Outcome {
  confirmed: number;
  /** Queues reached, summed over the messages; null if the protocol does not say how many. */
  routed: number | null;
  /** Messages that reached no queue. */
  unrouted: number;
  milliseconds: number;
  failure: Failure | null;
}

export const MAX_COUNT = 10_000;

/** Sends `count` times the same, and stops at the first refusal. */
export async function publish(
  protocol: Protocol,
  message: Outgoing,
  count: number,
  progress: (confirmed: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { confirmed: 0, routed: 0, unrouted: 0, milliseconds: 0, failure: null };
  const began = performance.now();
  let sent = 0;

  async function lane(): Promise<void> {
    while (sent < count && !outcome.failure) {
      sent += 1;
      try {
        note(outcome, await protocol.publish(message));
        progress(outcome.confirmed);
      } catch (error) {
        outcome.failure ??= failureOf(error);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(protocol.inFlight, count) }, lane));
  outcome.milliseconds = performance.now() - began;
  return outcome;
}

function note(outcome: Outcome, routed: Routed): void {
  outcome.confirmed += 1;
  if (routed === 0 || routed === false) outcome.unrouted += 1;
  outcome.routed = typeof routed !== "number" || outcome.routed === null ? null : outcome.routed + routed;
}
