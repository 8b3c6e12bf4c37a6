// The lists that the gateway pushes.

import { type ConnectionRow, fetchConnections } from "../api/connections.ts";
import { type ExchangeRow, fetchExchanges } from "../api/exchanges.ts";
import { depthOf, fetchSnapshot, type QueueRow } from "../api/queues.ts";
import type { FeedSource } from "./feed.ts";

/** The history is that of the depth. */
export const QUEUES: FeedSource<QueueRow> = {
  key: "queues",
  fetch: fetchSnapshot,
  historyOf: depthOf,
};

/** The history is that of the messages published to it, a second. */
export const EXCHANGES: FeedSource<ExchangeRow> = {
  key: "exchanges",
  fetch: fetchExchanges,
  historyOf: (row) => row.message_stats?.publish_in_details?.rate ?? 0,
};

/** The history is that of the octets in both directions, a second. */
export const CONNECTIONS: FeedSource<ConnectionRow> = {
  key: "connections",
  fetch: fetchConnections,
  historyOf: (row) => (row.send_oct_details?.rate ?? 0) + (row.recv_oct_details?.rate ?? 0),
};
