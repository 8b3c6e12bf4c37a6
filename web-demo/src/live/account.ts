// A connection to a vhost, with the credentials of who is signed in.

import type { Client, ConnectionState } from "/client/index.js";
import { here } from "../api/base.ts";
import type { Credentials } from "../api/http.ts";

export interface Account {
  credentials: Credentials;
  vhost: string;
}

/** Where the gateway serves the client, so that the page uses it as any other page would. */
const CLIENT = "/client/index.js";

export async function connectAs(
  { credentials, vhost }: Account,
  onStateChange: (state: ConnectionState) => void,
): Promise<Client> {
  const { connect } = await importClient();
  const url = new URL(here("/ws"));
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return connect(url, { ...logInOf(credentials), host: vhost, onStateChange });
}

/** A token goes as the password, and says itself whose it is. */
function logInOf(credentials: Credentials): { login?: string; passcode: string } {
  if (credentials.kind === "token") return { passcode: credentials.token };
  return { login: credentials.user, passcode: credentials.password };
}

/** Imported late and not at the top, so that a client that cannot be loaded is an error the page can show. */
function importClient(): Promise<typeof import("/client/index.js")> {
  return import(/* @vite-ignore */ here(CLIENT));
}
