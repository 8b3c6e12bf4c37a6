// Rows for tests.

import type { QueueRow } from "./queues.ts";

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
