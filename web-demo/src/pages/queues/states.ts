// How a queue is doing, in one word.

import { ackRate, deliverRate, depthOf, isStream, publishRate, type QueueRow } from "../../api/queues.ts";

export type QueueState = "unread" | "flowing" | "waiting" | "idle" | "quiet" | "stopped";

export type StateFilter = "all" | "messages" | "unread" | "flowing" | "empty";

/** What the table can be limited to. */
export const STATES: readonly { name: StateFilter; label: string }[] = [
  { name: "all", label: "all" },
  { name: "messages", label: "with messages" },
  { name: "unread", label: "without a reader" },
  { name: "flowing", label: "with traffic" },
  { name: "empty", label: "empty" },
];

export type TypeFilter = "all" | "queues" | "streams";

export const TYPES: readonly { name: TypeFilter; label: string }[] = [
  { name: "all", label: "all" },
  { name: "queues", label: "queues" },
  { name: "streams", label: "streams" },
];

export function typeTest(filter: TypeFilter): (row: QueueRow) => boolean {
  if (filter === "all") return () => true;
  return (row) => isStream(row) === (filter === "streams");
}

/**
 * `unread`: holds messages and nobody reads them. `flowing`: messages come or go. `waiting`: holds messages, has
 * consumers, and nothing moves. `quiet`: a stream, which keeps its messages for whoever may read them. `stopped`: the
 * server says that it does not run.
 */
export function stateOf(row: QueueRow): QueueState {
  if (row.state !== undefined && row.state !== "running") return "stopped";
  if (isStream(row)) return isMoving(row) ? "flowing" : "quiet";
  if (row.messages > 0 && row.consumers === 0) return "unread";
  if (isMoving(row)) return "flowing";
  return row.messages > 0 ? "waiting" : "idle";
}

function isMoving(row: QueueRow): boolean {
  return publishRate(row) + deliverRate(row) + ackRate(row) > 0;
}

export function stateTest(filter: StateFilter): (row: QueueRow) => boolean {
  switch (filter) {
    case "all":
      return () => true;
    case "messages":
      return (row) => depthOf(row) > 0;
    case "unread":
      return (row) => stateOf(row) === "unread";
    case "flowing":
      return isMoving;
    case "empty":
      return (row) => depthOf(row) === 0;
  }
}
