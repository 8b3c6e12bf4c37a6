// What the gateway says of itself.

import type { Api } from "./http.ts";

export interface Overview {
  product_name?: string;
  product_version?: string;
}

export async function fetchOverview(api: Api): Promise<Overview> {
  return (await (await api.get("/api/overview")).json()) as Overview;
}
