// Destinations that the page offers, and the one that was chosen in the queue table.

import { signal } from "@preact/signals";

/** Set when a queue is selected; the forms take it over, and may be changed again by hand. */
export const chosen = signal<{ queue: string; destination: string } | null>(null);

/** Where a message without a particular receiver may go. */
export const PUBLISH_SUGGESTIONS = [
  "/topic/telemetry.cpu",
  "/topic/telemetry.memory",
  "/exchange/amq.fanout",
];

/** What may be read besides queues; `*` stands for one word, `#` for any number. */
export const SUBSCRIBE_SUGGESTIONS = [
  "/topic/#",
  "/topic/telemetry.*",
  "/exchange/amq.fanout",
  "/exchange/wharf.statistics/queues",
];

/** A datalist of thousands helps nobody and slows the field down. */
const SUGGESTED_QUEUES = 100;

export function suggestQueues(names: readonly string[]): string[] {
  return names
    .filter((name) => !name.startsWith("stomp-subscription-"))
    .slice(0, SUGGESTED_QUEUES)
    .map(queueDestination);
}

/** A slash separates the parts of a destination, so that one inside a name has to be encoded. */
export function queueDestination(name: string): string {
  return `/queue/${encodeURIComponent(name)}`;
}

export function choose(queue: string): void {
  chosen.value = { queue, destination: queueDestination(queue) };
}
