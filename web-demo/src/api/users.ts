// Users with passwords, as the management API keeps them.

import { type Api, finish, pathTo } from "./http.ts";

export interface UserRow {
  name: string;
  tags: string[];
  /** False: nobody signs in as it with a password, only with a token. */
  has_password?: boolean;
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

export async function changeUser(api: Api, name: string, { tags, password }: UserChange): Promise<void> {
  await finish(api.put(pathTo("users", name), { ...(password !== null && { password }), tags: tags.join(",") }));
}

export async function deleteUser(api: Api, name: string): Promise<void> {
  await finish(api.delete(pathTo("users", name)));
}

/** Sends all connections of a user away. */
export async function closeConnectionsOf(api: Api, user: string): Promise<void> {
  await finish(api.delete(pathTo("connections", "username", user)));
}
