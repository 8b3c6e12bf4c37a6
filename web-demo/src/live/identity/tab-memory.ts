// What outlives a reload of this tab, and ends with the tab. Nothing here is ever seen by another one.

import type { Credentials } from "../../api/http.ts";

const CREDENTIALS = "wharf-credentials";
const VHOST = "wharf-vhost";

/** Kept only for who asked for it. */
export function keepCredentials(credentials: Credentials): void {
  write(CREDENTIALS, JSON.stringify(credentials));
}

export function forgetCredentials(): void {
  write(CREDENTIALS, null);
}

export function keptCredentials(): Credentials | null {
  return parseCredentials(read(CREDENTIALS));
}

/** The vhost that was worked in last. */
export function keepVhost(vhost: string): void {
  write(VHOST, vhost);
}

export function keptVhost(): string | null {
  return read(VHOST);
}

/** Null for what is none: another version of the page may have written it. */
export function parseCredentials(text: string | null): Credentials | null {
  if (text === null) return null;
  try {
    const { kind, user, password, token } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    if (kind === "token" && typeof token === "string") return { kind, token };
    if (kind === "password" && typeof user === "string" && typeof password === "string") return { kind, user, password };
  } catch {
    // Not even JSON.
  }
  return null;
}

/** A browser that keeps nothing for this site throws: what is kept then lasts as long as the page. */
function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // As above.
  }
}
