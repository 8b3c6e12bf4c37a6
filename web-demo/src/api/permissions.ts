// What users may do in vhosts: permissions on names, and topic permissions on routing keys.

import { type Api, finish, pathTo } from "./http.ts";

/** Last part of the paths. */
export type GrantKind = "permissions" | "topic-permissions";

/** What one user may do in one vhost. Each pattern is a regular expression; "" matches nothing. */
export interface Grant {
  user: string;
  vhost: string;
  /** Of a topic permission alone: the exchange whose routing keys it is about. */
  exchange?: string;
  /** Of a permission alone: names that it may declare and delete. */
  configure?: string;
  write: string;
  read: string;
}

/** All grants of a kind. */
export async function fetchGrants(api: Api, kind: GrantKind): Promise<Grant[]> {
  return (await (await api.get(`/api/${kind}`)).json()) as Grant[];
}

export async function fetchGrantsOfUser(api: Api, kind: GrantKind, user: string): Promise<Grant[]> {
  return (await (await api.get(`${pathTo("users", user)}/${kind}`)).json()) as Grant[];
}

/** Gives it, in place of what was given before for the same user, vhost and exchange. */
export async function putGrant(api: Api, kind: GrantKind, { user, vhost, ...patterns }: Grant): Promise<void> {
  await finish(api.put(pathTo(kind, vhost, user), patterns));
}

export async function deleteGrant(api: Api, kind: GrantKind, { user, vhost, exchange }: Grant): Promise<void> {
  await finish(api.delete(pathTo(kind, vhost, user, ...(exchange === undefined ? [] : [exchange]))));
}

export const OPERATIONS = ["configure", "write", "read"] as const;

export type Operation = (typeof OPERATIONS)[number];

/** "May this user do this?" */
export interface Doubt {
  user: string;
  vhost: string;
  operation: Operation;
  /** Of the queue or exchange. */
  name: string;
  /** "": the routing key is not asked about. */
  routing_key: string;
}

export interface Explanation {
  allowed: boolean;
  reason: string;
}

export async function explain(api: Api, doubt: Doubt): Promise<Explanation> {
  const asked = Object.entries(doubt).filter(([name, value]) => name !== "routing_key" || value !== "");
  const query = new URLSearchParams(asked);
  return (await (await api.get(`/api/explain?${query}`)).json()) as Explanation;
}
