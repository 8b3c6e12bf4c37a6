// Vhosts and their limits.

import { type Api, finish, pathTo } from "./http.ts";

export interface VhostRow {
  name: string;
  description?: string;
  tags?: string[];
  /** With the streams. */
  queues?: number;
  connections?: number;
  messages?: number;
  messages_ready?: number;
  messages_unacknowledged?: number;
  /** Sites whose pages may use it; null: those that may use the server. */
  allowed_origins?: readonly string[] | null;
  /** Whether subscriptions with wildcards get what their reader may have. */
  narrow_subscriptions?: boolean;
  /** By their names; what is not there is not limited. Known to administrators alone. */
  limits?: Record<string, number>;
}

export interface VhostDefinition {
  description: string;
  tags: readonly string[];
  allowed_origins: readonly string[] | null;
  narrow_subscriptions: boolean;
}

export async function fetchVhosts(api: Api): Promise<VhostRow[]> {
  return (await (await api.get("/api/vhosts")).json()) as VhostRow[];
}

/** Limits of all vhosts that have any. */
export async function fetchVhostLimits(api: Api): Promise<Map<string, Record<string, number>>> {
  const rows = (await (await api.get("/api/vhost-limits")).json()) as { vhost: string; value: Record<string, number> }[];
  return new Map(rows.map(({ vhost, value }) => [vhost, value]));
}

export async function putVhost(api: Api, name: string, { tags, ...definition }: VhostDefinition): Promise<void> {
  await finish(api.put(pathTo("vhosts", name), { ...definition, tags: tags.join(",") }));
}

export async function deleteVhost(api: Api, name: string): Promise<void> {
  await finish(api.delete(pathTo("vhosts", name)));
}

/** Null: no limit. */
export async function setVhostLimit(api: Api, vhost: string, limit: string, value: number | null): Promise<void> {
  const path = pathTo("vhost-limits", vhost, limit);
  await finish(value === null ? api.delete(path) : api.put(path, { value }));
}
