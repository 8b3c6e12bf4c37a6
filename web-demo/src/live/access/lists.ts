// The lists of who may do what and where, each read every two seconds while somebody looks.

import type { Api } from "../../api/http.ts";
import { fetchGrants, type Grant } from "../../api/permissions.ts";
import { fetchUsers, type UserRow } from "../../api/users.ts";
import { fetchVhostLimits, fetchVhosts, type VhostRow } from "../../api/vhosts.ts";
import type { Rights } from "../identity/rights.ts";
import type { PolledSource } from "../polled-rows.ts";

/** A user, and where it may do something. */
export interface UserEntry extends UserRow {
  vhosts: readonly string[];
}

export function usersOf(api: Api): PolledSource<UserEntry> {
  return {
    fetch: async () => {
      const [users, grants] = await Promise.all([fetchUsers(api), fetchGrants(api, "permissions")]);
      const vhosts = vhostsByUser(grants);
      return users.map((user) => ({ ...user, vhosts: vhosts.get(user.name) ?? [] }));
    },
    labelOf: ({ name }) => name,
    historyOf: () => 0,
  };
}

function vhostsByUser(grants: readonly Grant[]): ReadonlyMap<string, string[]> {
  const vhosts = new Map<string, string[]>();
  for (const { user, vhost } of grants) vhosts.set(user, [...(vhosts.get(user) ?? []), vhost].sort());
  return vhosts;
}

/** Their limits are for administrators alone: for others they are left out. */
export function vhostsOf(api: Api, rights: Rights): PolledSource<VhostRow> {
  return {
    fetch: async () => {
      const [vhosts, limits] = await Promise.all([fetchVhosts(api), rights.administration ? fetchVhostLimits(api) : null]);
      return vhosts.map((row) => ({ ...row, ...(limits && { limits: limits.get(row.name) ?? {} }) }));
    },
    labelOf: ({ name }) => name,
    historyOf: ({ messages = 0 }) => messages,
  };
}
