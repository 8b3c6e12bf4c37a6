// Users with passwords, as the management API keeps them.

import { type Api, finish, pathTo } from "./http.ts";

export interface UserRow {
  name: string;
  tags: string[];
  /** "": it has no password, and nobody signs in with one. */
  password_hash?: string;
  hashing_algorithm?: string;
  limits?: Record<string, number>;
}

export interface UserChange {
  tags: readonly string[];
  /** Null: it keeps the one it has. */
  password: string | null;
}

export async function fetchUsers(api: Api): Promise<UserRow[]> {
  return (await (await api.get("/api/users")).json()) as UserRow[];
}

export async function createUser(api: Api, name: string, tags: readonly string[], password: string): Promise<void> {
  await finish(api.put(pathTo("users", name), { password, tags: tags.join(",") }));
}

export async function changeUser(api: Api, row: UserRow, { tags, password }: UserChange): Promise<void> {
  await finish(api.put(pathTo("users", row.name), { ...secretOf(row, password), tags: tags.join(",") }));
}

/** A user is put as a whole: the password that stays is sent as the hash that it came with. */
function secretOf({ password_hash, hashing_algorithm }: UserRow, password: string | null): Record<string, string> {
  if (password !== null) return { password };
  return { ...(password_hash !== undefined && { password_hash }), ...(hashing_algorithm !== undefined && { hashing_algorithm }) };
}

export async function deleteUser(api: Api, name: string): Promise<void> {
  await finish(api.delete(pathTo("users", name)));
}

/** Sends all connections of a user away. */
export async function closeConnectionsOf(api: Api, user: string): Promise<void> {
  await finish(api.delete(pathTo("connections", "username", user)));
}
