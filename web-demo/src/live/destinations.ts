// Destinations that the page offers, and what it reads from those that people type.

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
const TOPICS = "amq.topic";

export interface Route {
  /** "" is the default exchange. */
  exchange: string;
  routingKey: string;
}

export function suggestQueues(names: readonly string[], isStream: (name: string) => boolean): string[] {
  return names
    .filter((name) => !name.startsWith("stomp-subscription-"))
    .slice(0, SUGGESTED_QUEUES)
    .map((name) => (isStream(name) ? streamDestination(name) : queueDestination(name)));
}

/** A slash separates the parts of a destination, so that one inside a name has to be encoded. */
export function queueDestination(name: string): string {
  return `/queue/${encodeURIComponent(name)}`;
}

export function streamDestination(name: string): string {
  return `/stream/${encodeURIComponent(name)}`;
}

/** The queue that a destination names, or null. */
export function queueOf(destination: string): string | null {
  const named = /^\/(?:amq\/)?queue\/([^/]+)$/.exec(destination);
  return named ? decode(named[1]!) : null;
}

/** The stream that a destination names, or null. */
export function streamOf(destination: string): string | null {
  const named = /^\/stream\/([^/]+)$/.exec(destination);
  return named ? decode(named[1]!) : null;
}

/** Where a message to this destination goes, or null for those that only STOMP knows. */
export function routeOf(destination: string): Route | null {
  const queue = queueOf(destination) ?? streamOf(destination);
  if (queue !== null) return { exchange: "", routingKey: queue };
  const [, kind, name, key = ""] = /^\/(topic|exchange)\/([^/]+)(?:\/([^/]+))?$/.exec(destination) ?? [];
  if (name === undefined) return null;
  if (kind === "topic") return key === "" ? { exchange: TOPICS, routingKey: decode(name) } : null;
  return { exchange: decode(name), routingKey: decode(key) };
}

/** Whether a subscription takes nothing from anybody: it gets copies of its own, or reads what stays. */
export function hasOwnCopies(destination: string): boolean {
  return /^\/(topic|exchange|stream)\//.test(destination);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign stands for itself
  }
}
