// Publishing and subscribing, over a connection of their own: the gateway answers a refused frame with an error
// and the end of the connection, and a slip in a form must not stop the numbers.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client, ConnectionState } from "/client/index.js";
import { type Account, connectAs } from "../account.ts";
import { Inboxes } from "./inboxes.ts";

export interface Workbench {
  client: Client;
  inboxes: Inboxes;
  state: ReadonlySignal<ConnectionState>;
}

export async function openWorkbench(account: Account): Promise<Workbench> {
  const state = signal<ConnectionState>("connecting");
  const lost: (() => void)[] = [];
  const client = await connectAs(account, (next) => {
    if (state.peek() === "connected" && next !== "connected") lost.forEach((handle) => handle());
    state.value = next;
  });
  state.value = client.state;
  const inboxes = new Inboxes(client);
  lost.push(() => inboxes.handleLoss());
  return { client, inboxes, state };
}
