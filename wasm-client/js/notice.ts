import type { Message } from "./message.js";
import type { Subscription } from "./subscription.js";

/** What the server tells about itself and this connection. */
export type Notice =
  /** What is published waits at the server, until `unblocked`. */
  | { kind: "blocked"; reason: string | undefined }
  | { kind: "unblocked" }
  /** A subscription was too slow: at this place `count` messages are missing. */
  | { kind: "dropped"; subscription: Subscription | undefined; count: number }
  /** The server is going away; the client connects to it, or its successor, again. */
  | { kind: "draining" };

/** Where the server tells. */
export const NOTICES = "/control/notices";

/** Reads a notice; `undefined`: it is of a kind that is not known here. `find` knows the subscriptions by number. */
export function readNotice(message: Message, find: (number: number) => Subscription | undefined): Notice | undefined {
  const body = message.json<{ reason?: string; subscription?: string; count?: number }>();
  const kind = message.headers["notice"];
  if (kind === "blocked") return { kind, reason: body.reason };
  if (kind === "dropped") return { kind, subscription: find(Number(body.subscription)), count: body.count ?? 0 };
  return kind === "unblocked" || kind === "draining" ? { kind } : undefined;
}
