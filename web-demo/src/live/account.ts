// Who connects, and to which vhost.

import type { Client, ConnectionState } from "/client/index.js";
import { here } from "../api/base.ts";
import type { Credentials } from "../api/http.ts";

export interface Account extends Credentials {
  vhost: string;
}

/** Exists on a fresh server, and only for pages opened on the server's own machine. */
export const GUEST: Account = { user: "guest", password: "guest", vhost: "/" };

/** Where the gateway serves the client, so that the page uses it as any other page would. */
const CLIENT = "/client/index.js";

export async function connectAs(
  account: Account,
  onStateChange: (state: ConnectionState) => void,
): Promise<Client> {
  const { connect } = await importClient();
  const url = new URL(here("/ws"));
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return connect(url, {
    login: account.user,
    passcode: account.password,
    host: account.vhost,
    onStateChange,
  });
}

/** Imported late and not at the top, so that a client that cannot be loaded is an error the page can show. */
function importClient(): Promise<typeof import("/client/index.js")> {
  return import(/* @vite-ignore */ here(CLIENT));
}
