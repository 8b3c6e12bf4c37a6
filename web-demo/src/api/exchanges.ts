// Exchanges of a vhost, as the management API lists them.

import { type Api, fetchRows, pathTo } from "./http.ts";

export interface ExchangeRow {
  /** "" is the default exchange. */
  name: string;
  vhost: string;
  type: string;
  durable: boolean;
  internal?: boolean;
  arguments?: Record<string, unknown>;
  message_stats?: {
    publish_in_details?: { rate: number };
    publish_out_details?: { rate: number };
  };
}

export function fetchExchanges(api: Api, vhost: string): Promise<{ rows: ExchangeRow[]; sequence: number }> {
  return fetchRows<ExchangeRow>(api, pathTo("exchanges", vhost));
}
