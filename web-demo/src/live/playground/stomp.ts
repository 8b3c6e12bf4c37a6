// STOMP over WebSocket, by the client that every page can use.

import type { Client } from "/client/index.js";
import type { Outgoing, Protocol } from "./protocol.ts";

export function stompProtocol(client: Client, origin: string): Protocol {
  return {
    id: "stomp",
    label: "STOMP over WebSocket",
    inFlight: 64,
    publish: async ({ destination, body, contentType, headers }) =>
      (await client.publish(destination, body, { contentType, headers })).routed,
    code: (message) => code(message, origin),
  };
}

function code({ destination, body, contentType, headers }: Outgoing, origin: string): string {
  const options = { contentType, ...(Object.keys(headers).length > 0 && { headers }) };
  return [
    `import { connect } from "${origin}/client/index.js";`,
    `const client = await connect("${origin.replace(/^http/, "ws")}/ws", { login, passcode });`,
    `await client.publish(${JSON.stringify(destination)}, ${JSON.stringify(body)}, ${JSON.stringify(options)});`,
  ].join("\n");
}
