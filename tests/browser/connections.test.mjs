// The pages of all connections and of one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { connected } from "./client-support.mjs";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

/** A server, a client that is subscribed to a queue and whose errors are kept, and a page at `hash` of its connection. */
async function withClient(t, hash = () => "#/connections") {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: false });
  const errors = [];
  client.on("error", (error) => errors.push(error));
  await client.subscribe("/queue/orders", () => {}, { ack: "client", prefetch: 3 }).ready;
  const [{ name }] = await (await server.api("GET", "/api/connections")).json();
  const { page, problems } = await open(t, `${server.origin}/${hash(name)}`);
  await isLive(page);
  return { server, client, errors, name, page, problems };
}

const row = (page, name) => page.locator(`[data-testid=connection-row][data-name="${name}"]`);
const names = async (server) => (await (await server.api("GET", "/api/connections")).json()).map(({ name }) => name);

test("connections are listed as they come and go", async (t) => {
  const { client, name, page, problems } = await withClient(t);
  await row(page, name).locator("[data-field=user]").filter({ hasText: "guest" }).waitFor();
  assert.match(await row(page, name).locator("[data-field=protocol]").textContent(), /STOMP 1\.2, WebSocket/);
  await row(page, name).locator("[data-field=subscriptions]").filter({ hasText: /^1$/ }).waitFor();
  await client.close();
  await row(page, name).waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});

test("a connection is closed with a reason, by the keyboard alone", async (t) => {
  const { server, errors, name, page } = await withClient(t);
  await row(page, name).waitFor();
  await row(page, name).locator(".name a").focus();
  await page.keyboard.press("Delete");
  await byId(page, "confirm-dialog").waitFor();
  await page.keyboard.type("too noisy");
  await page.keyboard.press("Enter");
  await eventually("it is gone", async () => !(await names(server)).includes(name));
  await eventually("its client knows why", () => errors.some(({ message }) => message === "closed by an operator: too noisy"));
  await row(page, name).waitFor({ state: "detached" });
});

test("whoever cancels closes nothing", async (t) => {
  const { server, name, page } = await withClient(t);
  await row(page, name).locator("[data-testid=close-connection]").click();
  await byId(page, "confirm-dialog").waitFor();
  await page.keyboard.press("Escape");
  await byId(page, "confirm-dialog").waitFor({ state: "detached" });
  assert.equal((await names(server)).includes(name), true);
});

test("one connection has a page with what it reads, and closes there", async (t) => {
  const { server, name, page, problems } = await withClient(t, (name) => `#/connections/${encodeURIComponent(name)}`);
  await byId(page, "connection-figures").waitFor();
  const consumer = byId(page, "consumer-row");
  await consumer.getByText("orders").waitFor();
  assert.equal(await consumer.locator("a").getAttribute("href"), "#/queues/%2F/orders");
  await byId(page, "close-connection").click();
  await byId(page, "confirm-act").click();
  await eventually("it is gone", async () => !(await names(server)).includes(name));
  await page.waitForFunction(() => location.hash === "#/connections");
  assert.deepEqual(problems, []);
});

test("a connection that ends while one looks is said to have ended", async (t) => {
  const { client, page } = await withClient(t, (name) => `#/connections/${encodeURIComponent(name)}`);
  await byId(page, "connection-figures").waitFor();
  await client.close();
  await byId(page, "connection-gone").waitFor();
});

test("a list is taken up again when somebody deleted the queue that it was told by", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/#/connections`);
  await isLive(page);
  const rows = byId(page, "connection-row");
  await rows.nth(1).waitFor();
  for (const key of ["connections", "queues"]) {
    const bindings = await (await server.api("GET", "/api/exchanges/%2F/wharf.statistics/bindings/source")).json();
    const told = bindings.find(({ routing_key }) => routing_key === key);
    await server.api("DELETE", `/api/queues/%2F/${encodeURIComponent(told.destination)}`);
  }
  const socket = new WebSocket(server.ws, ["v12.stomp"]);
  t.after(() => socket.terminate());
  await new Promise((resolve) => socket.once("open", resolve));
  const connected = new Promise((resolve) => socket.once("message", resolve));
  socket.send("CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0");
  await connected;
  await rows.nth(2).waitFor();
  await isLive(page);
});
