// The dashboard's pages, with something on each of them, for tests that look at all.

import { join } from "node:path";
import { WebSocket } from "ws";
import { clientPackage } from "../../scripts/lib/paths.mjs";
import { addUser, addVhost } from "./access.mjs";
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

/** Those of webhooks and inbound hooks, after `fillWebhooks`. */
export const WEBHOOK_PAGES = [
  { name: "webhooks", hash: "#/webhooks", ready: "[data-testid=webhook-row]" },
  {
    name: "webhooks-create",
    hash: "#/webhooks?create=1",
    act: async (page) => {
      await page.getByTestId("webhook-form-source").fill("/stream/readings");
      await page.getByTestId("webhook-form-filters").fill('[{"regex": 1}]');
      await page.getByTestId("webhook-form-more").locator("summary").click();
    },
    ready: "[data-testid=webhook-form-filters-problem]",
  },
  { name: "webhook", hash: "#/webhooks", act: openWebhook, ready: "[data-testid=attempt-row]" },
  {
    name: "webhook-attempt",
    hash: "#/webhooks",
    act: (page) => openWebhook(page, () => page.getByTestId("open-attempt").first().click()),
    ready: "[data-testid=attempt-dialog]",
  },
  {
    name: "webhook-replay",
    hash: "#/webhooks",
    act: (page) => openWebhook(page, () => page.getByTestId("replay").click()),
    ready: "[data-testid=replay-dialog]",
  },
  {
    name: "webhook-edit",
    hash: "#/webhooks",
    act: (page) => openWebhook(page, () => page.getByTestId("edit-webhook").click()),
    ready: "[data-testid=webhook-dialog]",
  },
  {
    name: "webhook-settings",
    hash: "#/webhooks",
    act: (page) => openWebhook(page, () => page.getByTestId("tab-settings").click()),
    ready: "[data-testid=webhook-settings]",
  },
  {
    name: "webhook-receiver",
    hash: "#/webhooks",
    act: (page) => openWebhook(page, () => page.getByTestId("tab-receiver").click()),
    ready: "[data-testid=receiver-example]",
  },
  { name: "webhook-gone", hash: "#/webhooks/sub_none", ready: "[data-testid=webhook-gone]" },
  { name: "hooks", hash: "#/hooks", ready: "[data-testid=hook-row]" },
  {
    name: "hooks-create",
    hash: "#/hooks?create=1",
    act: (page) => page.getByTestId("hook-form-scheme").selectOption("hmac"),
    ready: "[data-testid=hook-form-signed]",
  },
  { name: "hook", hash: "#/hooks/%2F/github", ready: "[data-testid=request-row]" },
  {
    name: "hook-request",
    hash: "#/hooks/%2F/github",
    act: (page) => page.getByTestId("open-request").first().click(),
    ready: "[data-testid=request-dialog]",
  },
  { name: "hook-sender", hash: "#/hooks/%2F/github?tab=sender", ready: "[data-testid=sender]" },
  { name: "hook-settings", hash: "#/hooks/%2F/github?tab=settings", ready: "[data-testid=hook-settings]" },
];

/** Those of users and vhosts, after `fillAccess`. */
export const ACCESS_PAGES = [
  { name: "users", hash: "#/users", ready: '[data-testid=user-row][data-name="alice"]' },
  { name: "users-create", hash: "#/users?create=1", ready: "dialog[open]" },
  { name: "user", hash: "#/users/alice", ready: "[data-testid=permissions-row]" },
  { name: "user-edit", hash: "#/users/alice?edit=1", ready: "dialog[open]" },
  { name: "user-grant", hash: "#/users/alice", act: (page) => page.getByTestId("change-grant").first().click(), ready: "dialog[open]" },
  { name: "user-topics", hash: "#/users/alice?tab=topics", ready: "[data-testid=topic-permissions-row]" },
  {
    name: "user-explain",
    hash: "#/users/alice?tab=explain",
    act: async (page) => {
      await page.getByTestId("explain-name").fill("invoices");
      await page.getByTestId("explain-submit").click();
    },
    ready: "[data-testid=explanation]",
  },
  { name: "user-connections", hash: "#/users/guest?tab=connections", ready: "[data-testid=user-connections]" },
  { name: "user-delete", hash: "#/users/alice", act: (page) => page.getByTestId("delete-user").click(), ready: "[data-testid=confirm-dialog]" },
  { name: "user-gone", hash: "#/users/nobody", ready: "[data-testid=user-gone]" },
  { name: "vhosts", hash: "#/vhosts", ready: '[data-testid=vhost-row][data-name="shop"]' },
  { name: "vhosts-create", hash: "#/vhosts?create=1", ready: "dialog[open]" },
  { name: "vhost", hash: "#/vhosts/shop", ready: "[data-testid=permissions-row]" },
  { name: "vhost-limits", hash: "#/vhosts/shop?tab=limits", ready: "[data-testid=vhost-limits]" },
  { name: "vhost-delete", hash: "#/vhosts/shop", act: (page) => page.getByTestId("delete-vhost").click(), ready: "[data-testid=confirm-dialog]" },
  { name: "queue-elsewhere", hash: "#/queues/nowhere/orders", ready: "[data-testid=queue-elsewhere]" },
];

/** Goes from the list to the one webhook, and on from there: only the server knows its id. */
async function openWebhook(page, next = () => {}) {
  await page.locator("[data-testid=webhook-row] a").first().click();
  await page.getByTestId("webhook-figures").waitFor();
  await next();
}

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

/** A user with permissions of both kinds, a service without tags, and a second vhost with limits. */
export async function fillAccess(server) {
  await addVhost(server, "shop", "The shop of the harbour, with all its orders and what belongs to them");
  await server.api("PUT", "/api/vhost-limits/shop/max-connections", { value: 256 });
  await addUser(server, "alice", { tags: "monitoring,team-harbour", vhosts: { "/": "^orders", shop: "^(orders|invoices)\\..*" } });
  await server.api("PUT", "/api/topic-permissions/%2F/alice", { exchange: "amq.topic", write: "^orders\\.", read: ".*" });
  await addUser(server, "billing.service");
}

/** Lets endpoints be on this machine; `fillWebhooks` needs it. */
export const LOOPBACK_SINKS = '[webhooks]\nallowed_networks = ["127.0.0.0/8"]\n';

/** A webhook whose endpoint is not there, with an attempt that says so, and an inbound hook that refused a request. */
export async function fillWebhooks(server) {
  const created = await server.api("POST", "/api/subscriptions", {
    vhost: "/",
    source: "/topic/orders.#",
    types: ["order.placed"],
    filters: [{ prefix: { type: "order." } }],
    sink: "http://127.0.0.1:9/hook", // the port of discard, where nobody listens
    protocol: "HTTP",
    config: { description: "Orders to the warehouse", verification: "off" },
  });
  const { id } = await created.json();
  await server.api("POST", `/api/subscriptions/${id}/test`, {});
  await server.api("PUT", "/api/hooks/%2F/github", {
    destination: "/queue/orders",
    description: "Pushes and issues",
    verification: { scheme: "github", secret: "It's a Secret to Everybody" },
  });
  await fetch(`${server.origin}/hooks/%2F/github`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
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
