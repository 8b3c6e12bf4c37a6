// Connections of a vhost, as the management API lists them.

import { type Api, fetchRows, pathTo } from "./http.ts";

export interface ConnectionRow {
  name: string;
  vhost: string;
  user: string;
  state?: string;
  send_oct_details?: { rate: number };
  recv_oct_details?: { rate: number };
}

export function fetchConnections(api: Api, vhost: string): Promise<{ rows: ConnectionRow[]; sequence: number }> {
  return fetchRows<ConnectionRow>(api, `${pathTo("vhosts", vhost)}/connections`);
}
