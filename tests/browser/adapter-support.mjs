// What the scenarios for both clients share: `kit` is stompjs, or the adapter; what it exports has the same names.

import { WebSocket } from "ws";
import { Arrivals, within } from "./harness.mjs";

export const GUEST = { login: "guest", passcode: "guest" };

/** A client that is deactivated with the test, and what its callbacks are given. `server` is anything with an address. */
export function prepare(t, { Client }, server, options = {}) {
  const heard = { connects: new Arrivals(), errors: new Arrivals(), closes: new Arrivals(), states: [] };
  const client = new Client({
    webSocketFactory: () => new WebSocket(server.ws, ["v12.stomp"]),
    connectHeaders: GUEST,
    reconnectDelay: 0,
    onConnect: heard.connects.push,
    onStompError: heard.errors.push,
    onWebSocketClose: heard.closes.push,
    onChangeState: (state) => heard.states.push(state),
    ...options,
  });
  t.after(() => client.deactivate({ force: true }));
  return { client, ...heard };
}

/** One that is connected. */
export async function connect(t, kit, server, options = {}) {
  const prepared = prepare(t, kit, server, options);
  prepared.client.activate();
  return { ...prepared, connected: await prepared.connects.next("CONNECTED") };
}

let receipts = 0;

/** Calls `act` with a receipt header and waits for the receipt. */
export async function confirmed(client, act) {
  const receipt = `receipt-${++receipts}`;
  const done = new Promise((resolve) => client.watchForReceipt(receipt, resolve));
  await act({ receipt });
  return within(done, "a receipt");
}

export async function subscribe(client, destination, headers = {}) {
  const messages = new Arrivals();
  let subscription;
  await confirmed(client, (receipt) => {
    subscription = client.subscribe(destination, messages.push, { ...headers, ...receipt });
  });
  return { messages, subscription };
}

export const publish = (client, destination, body, headers = {}) =>
  confirmed(client, (receipt) => client.publish({ destination, body, headers: { ...headers, ...receipt } }));
