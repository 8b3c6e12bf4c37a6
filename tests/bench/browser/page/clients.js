// The two clients, each as a page would use it: connected, subscribed, and every message handed to `handle` with its text.

import { connect } from "/client/index.js";
import { Client } from "/stompjs/esm6/index.js";

const LOGIN = { login: "guest", passcode: "guest" };

/** Resolves, once connected, with what subscribes and what ends. */
export const clients = {
  "@wharf/client": async (url, WebSocket) => {
    const client = await connect(url, { ...LOGIN, WebSocket });
    return {
      subscribe: (destination, ack, handle) => {
        const settle = ack === "auto" ? handle : (text, message) => (handle(text), message.ack());
        return client.subscribe(destination, (message) => settle(message.text, message), { ack, ...(ack !== "auto" && { prefetch: 100 }) }).ready;
      },
      end: () => client.close(),
    };
  },
  "@stomp/stompjs": async (url, WebSocket) => {
    const client = new Client({ connectHeaders: LOGIN, webSocketFactory: () => new WebSocket(url, ["v12.stomp"]), reconnectDelay: 0 });
    await new Promise((resolve) => {
      client.onConnect = resolve;
      client.activate();
    });
    return {
      subscribe: (destination, ack, handle) => {
        const settle = ack === "auto" ? handle : (text, message) => (handle(text), message.ack());
        const headers = { ack, ...(ack !== "auto" && { "prefetch-count": "100" }) };
        client.subscribe(destination, (message) => settle(message.body, message), headers);
      },
      end: () => client.deactivate(),
    };
  },
};
