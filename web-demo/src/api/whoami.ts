// Who the credentials are of, and what the gateway lets them do.

import type { Api } from "./http.ts";

export interface Whoami {
  name: string;
  tags: string[];
  /** Vhosts that it may connect to. */
  vhosts: string[];
  /** Seconds since 1970 at which the credentials end; absent for a password. */
  expires?: number;
}

export async function fetchWhoami(api: Api): Promise<Whoami> {
  const { name, tags, vhosts, expires } = (await (await api.get("/api/whoami")).json()) as Partial<Whoami>;
  if (typeof name !== "string" || !Array.isArray(tags) || !Array.isArray(vhosts)) {
    throw new Error("the gateway does not say who is signed in: /api/whoami lacks name, tags or vhosts");
  }
  return { name, tags, vhosts, ...(typeof expires === "number" && { expires }) };
}
