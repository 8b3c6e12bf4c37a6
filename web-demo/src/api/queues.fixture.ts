// Rows for tests.

import type { QueueRow, StreamRow } from "./queues.ts";

/** A queue with this many messages, all ready. */
export function row(name: string, messages: number): QueueRow {
  return {
    name,
    vhost: "/",
    durable: false,
    exclusive: false,
    auto_delete: false,
    messages,
    messages_ready: messages,
    messages_unacknowledged: 0,
    consumers: 0,
  };
}

/** A stream that keeps this many messages, and dropped as many before. */
export function streamRow(name: string, messages: number): StreamRow {
  const stream = { epoch: "18f", first_offset: messages, next_offset: 2 * messages, segments: 0, groups: [] };
  return { ...row(name, messages), type: "stream", durable: true, arguments: { "x-queue-type": "stream" }, stream };
}
