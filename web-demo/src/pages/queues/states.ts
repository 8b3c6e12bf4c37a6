// How a queue is doing, in one word.

import { ackRate, deliverRate, publishRate, type QueueRow } from "../../api/queues.ts";

export type QueueState = "unread" | "flowing" | "waiting" | "idle" | "stopped";

export type StateFilter = "all" | "messages" | "unread" | "flowing" | "empty";

/** What the table can be limited to. */
export const STATES: readonly { name: StateFilter; label: string }[] = [
  { name: "all", label: "all queues" },
  { name: "messages", label: "with messages" },
  { name: "unread", label: "with messages, no consumers" },
  { name: "flowing", label: "with traffic" },
  { name: "empty", label: "empty" },
];

/**
 * `unread`: holds messages and nobody reads them. `flowing`: messages come or go. `waiting`: holds messages, has
 * consumers, and nothing moves. `stopped`: the server says that it does not run.
 */
export function stateOf(row: QueueRow): QueueState {
  if (row.state !== undefined && row.state !== "running") return "stopped";
  if (row.messages > 0 && row.consumers === 0) return "unread";
  if (publishRate(row) + deliverRate(row) + ackRate(row) > 0) return "flowing";
  return row.messages > 0 ? "waiting" : "idle";
}

export function stateTest(filter: StateFilter): (row: QueueRow) => boolean {
  switch (filter) {
    case "all":
      return () => true;
    case "messages":
      return (row) => row.messages > 0;
    case "unread":
      return (row) => stateOf(row) === "unread";
    case "flowing":
      return (row) => publishRate(row) + deliverRate(row) + ackRate(row) > 0;
    case "empty":
      return (row) => row.messages === 0;
  }
}
