// The user of a fresh server, who is let in without a question where the browser runs on the server's own machine.

import type { Credentials } from "../../api/http.ts";

export const GUEST: Credentials = { kind: "password", user: "guest", password: "guest" };

/** Whether a page at this host may be one that guest is let in from; elsewhere it is not even tried. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}
