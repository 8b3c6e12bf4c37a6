// The dashboard's pages, with something on each of them, for tests that look at all.

import { join } from "node:path";
import { WebSocket } from "ws";
import { clientPackage } from "../../scripts/lib/paths.mjs";
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
  { name: "streams", hash: "#/queues?type=streams", ready: '[data-testid=queue-row][data-name="readings"]' },
  { name: "stream-create", hash: "#/queues?create=stream", ready: "[data-testid=retention-text]" },
  { name: "stream", hash: "#/queues/%2F/readings", ready: "[data-testid=messages]" },
  { name: "stream-offset", hash: "#/queues/%2F/readings?from=offset=3", ready: "[data-testid=messages]" },
  { name: "stream-time", hash: "#/queues/%2F/readings?from=timestamp=99999999999", ready: "[data-testid=replay-empty]" },
  { name: "stream-follow", hash: "#/queues/%2F/readings?follow=1", ready: "[data-testid=subscription] [data-testid=message]" },
  { name: "stream-publish", hash: "#/queues/%2F/readings?tab=publish", ready: "[data-testid=publish-form]" },
  { name: "stream-groups", hash: "#/queues/%2F/readings?tab=groups", ready: "[data-testid=group-row]" },
  { name: "stream-consumers", hash: "#/queues/%2F/readings?tab=consumers", ready: "[data-testid=consumers-empty]" },
  { name: "stream-settings", hash: "#/queues/%2F/readings?tab=settings", ready: "[data-testid=stream-settings]" },
  {
    name: "stream-delete",
    hash: "#/queues/%2F/readings",
    act: (page) => page.getByTestId("delete-queue").click(),
    ready: "[data-testid=confirm-dialog]",
  },
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
  {
    name: "playground-stream",
    hash: "#/playground?from=/stream/readings&start=offset=3&open=auto,start%3Dfirst+/stream/readings",
    ready: "[data-testid=subscription] [data-testid=message]",
  },
  { name: "not-found", hash: "#/nowhere", ready: "[data-testid=not-found]" },
];

const QUEUES = {
  orders: { durable: true, arguments: { "x-max-length": 1000, "x-dead-letter-exchange": "amq.fanout" } },
  invoices: { durable: true },
  "mail.outgoing": {},
  "audit.log": { auto_delete: true },
};

/** A stream of sixty messages, and a group that has done ten of them. */
const STREAM = "readings";
const RETENTION = { "x-max-age": "7D", "x-max-length-bytes": 2 ** 30 };

/** Queues, a binding and messages that nobody reads. */
export async function fill(server) {
  for (const [name, definition] of Object.entries(QUEUES)) {
    await server.api("PUT", `/api/queues/%2F/${name}`, definition);
  }
  await server.api("POST", "/api/bindings/%2F/e/amq.topic/q/orders", { routing_key: "order.*" });
  for (let number = 1; number <= 12; number += 1) await publish(server, "orders", { number, item: "rope" });
  await eventually("the orders are counted", async () => (await server.queue("orders")).messages === 12);
}

/** What the pages of streams show, besides the queues. */
export async function fillStreams(server) {
  await declareStream(server, STREAM, RETENTION);
  for (let number = 1; number <= 60; number += 1) await publish(server, STREAM, { number, celsius: 20 + (number % 7) });
  await readInGroup(server, STREAM, "archive", 10);
}

export async function declareStream(server, name, retention = {}) {
  const definition = { durable: true, arguments: { "x-queue-type": "stream", ...retention } };
  await server.api("PUT", `/api/queues/%2F/${encodeURIComponent(name)}`, definition);
}

/** Has a member of a group settle so many messages from the first on, and leave. */
export async function readInGroup(server, stream, group, count) {
  const { connect } = await import(join(clientPackage, "index.js"));
  const client = await connect(server.ws, { login: "guest", passcode: "guest", WebSocket });
  let left = count;
  await new Promise((resolve, reject) => {
    const handler = (message) => {
      message.ack();
      left -= 1;
      if (left === 0) resolve();
    };
    const subscription = client.subscribe(`/stream/${stream}`, handler, { ack: "client-individual", prefetch: 1, credit: count, group, from: "first" });
    void subscription.ended.then((error) => error && reject(error));
  });
  await eventually("the group is where it should be", async () => {
    const { stream: figures } = await server.queue(stream);
    return figures.groups.find(({ name }) => name === group)?.committed_offset === count;
  });
  await client.close();
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
