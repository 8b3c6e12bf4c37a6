// The dashboard's pages, with something on each of them, for tests that look at all.

import { eventually } from "./harness.mjs";

/** Every page, and some of them as they look with something open. `act` is done first, `ready` is what must be there to look at. */
export const PAGES = [
  { name: "overview", hash: "#/", ready: '[data-testid=rates-chart] canvas' },
  { name: "queues", hash: "#/queues", ready: '[data-testid=queue-row][data-name="orders"]' },
  { name: "queues-create", hash: "#/queues?create=1", ready: "dialog[open]" },
  { name: "queue", hash: "#/queues/%2F/orders", ready: "[data-testid=queue-figures]" },
  { name: "queue-publish", hash: "#/queues/%2F/orders?tab=publish", ready: "[data-testid=publish-form]" },
  { name: "queue-consumers", hash: "#/queues/%2F/orders?tab=consumers", ready: "[data-testid=consumers-empty]" },
  { name: "queue-bindings", hash: "#/queues/%2F/orders?tab=bindings", ready: "[data-testid=binding-row]" },
  { name: "queue-settings", hash: "#/queues/%2F/orders?tab=settings", ready: "[data-testid=queue-settings]" },
  { name: "queue-move", hash: "#/queues/%2F/orders", act: (page) => page.getByTestId("move-messages").click(), ready: "dialog[open]" },
  { name: "exchanges", hash: "#/exchanges", ready: '[data-testid=exchange-row][data-name="amq.topic"]' },
  { name: "exchange", hash: "#/exchanges/%2F/amq.topic", ready: "main h1" },
  { name: "exchange-publish", hash: "#/exchanges/%2F/amq.topic?tab=publish", ready: "[data-testid=publish-form]" },
  { name: "connections", hash: "#/connections", ready: "[data-testid=connection-row]" },
  {
    name: "connection",
    hash: "#/connections",
    act: (page) => page.locator("[data-testid=connection-row] a").first().click(),
    ready: "[data-testid=connection-figures]",
  },
  { name: "playground", hash: "#/playground", ready: "[data-testid=publish-form]" },
  {
    name: "playground-open",
    hash: "#/playground?to=/topic/chat&open=auto+/topic/chat&open=client,prefetch%3D20+/queue/orders",
    ready: "[data-testid=subscription] [data-status=open]",
  },
  { name: "not-found", hash: "#/nowhere", ready: "[data-testid=not-found]" },
];

const QUEUES = {
  orders: { durable: true, arguments: { "x-max-length": 1000, "x-dead-letter-exchange": "amq.fanout" } },
  invoices: { durable: true },
  "mail.outgoing": {},
  "audit.log": { auto_delete: true },
};

/** Queues, a binding and messages that nobody reads. */
export async function fill(server) {
  for (const [name, definition] of Object.entries(QUEUES)) {
    await server.api("PUT", `/api/queues/%2F/${name}`, definition);
  }
  await server.api("POST", "/api/bindings/%2F/e/amq.topic/q/orders", { routing_key: "order.*" });
  for (let number = 1; number <= 12; number += 1) await publish(server, "orders", { number, item: "rope" });
  await eventually("the orders are counted", async () => (await server.queue("orders")).messages === 12);
}

export function publish(server, queue, body) {
  const properties = { content_type: "application/json" };
  return server.api("POST", "/api/exchanges/%2F/amq.default/publish", {
    properties,
    routing_key: queue,
    payload: JSON.stringify(body),
    payload_encoding: "string",
  });
}
