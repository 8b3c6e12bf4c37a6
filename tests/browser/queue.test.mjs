// The page of one queue: what it shows, and everything that can be done there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

/** A server with a queue of so many messages, and its page. */
async function openQueue(t, { messages = 0, definition = {}, query = "" } = {}) {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/orders", definition);
  for (let number = 1; number <= messages; number += 1) await publish(server, "orders", `{"id":${number}}`);
  const { page, problems } = await open(t, `${server.origin}/#/queues/%2F/orders${query}`);
  await isLive(page);
  await byId(page, "queue-figures").waitFor();
  return { server, page, problems };
}

function publish(server, queue, payload, properties = { content_type: "application/json", headers: { region: "eu" } }) {
  const body = { routing_key: queue, payload, properties };
  return server.api("POST", "/api/exchanges/%2F/amq.default/publish", body);
}

const figure = (page, field) => byId(page, "queue-figures").locator(`[data-field=${field}]`);
const shows = (page, field, text) => figure(page, field).filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
const holds = (server, name, count) => eventually(`${name} holds ${count}`, async () => (await server.queue(name))?.messages === count);

test("figures follow the queue without a reload", async (t) => {
  const { server, page, problems } = await openQueue(t, { messages: 2 });
  await shows(page, "ready", "2");
  await publish(server, "orders", "another");
  await shows(page, "ready", "3");
  assert.equal(await page.title(), "Queue orders · Wharf");
  await byId(page, "queue-rates").locator("canvas").waitFor();
  assert.deepEqual(problems, []);
});

test("messages are looked at and stay as they are", async (t) => {
  const { server, page, problems } = await openQueue(t, { messages: 25 });
  await byId(page, "look").click();
  const bodies = byId(page, "message-body");
  await bodies.nth(19).waitFor();
  assert.equal(await bodies.count(), 20);
  assert.equal((await bodies.first().textContent()).trim(), '{\n  "id": 1\n}');
  await byId(page, "look-more").click();
  await bodies.nth(24).waitFor();
  assert.equal(await byId(page, "look-more").count(), 0, "there are no more");
  await byId(page, "message").first().locator("summary").click();
  await page.getByText("region").first().waitFor();
  const { messages_ready, message_stats } = await server.queue("orders");
  assert.deepEqual([messages_ready, message_stats.deliver_get], [25, 0]);
  assert.deepEqual(problems, []);
});

test("a message is published from the page", async (t) => {
  const { server, page } = await openQueue(t, { query: "?tab=publish" });
  await byId(page, "publish-body").fill('{"from":"the page"}');
  await byId(page, "publish-submit").click();
  await page.getByText(/^Published at/).waitFor();
  await holds(server, "orders", 1);
  await shows(page, "ready", "1");
});

test("purging asks for the name, says what is lost, and leaves what is unacked", async (t) => {
  const { server, page, problems } = await openQueue(t, { messages: 3 });
  await byId(page, "purge-queue").click();
  const dialog = byId(page, "confirm-dialog");
  await dialog.getByText("3", { exact: true }).waitFor();
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await byId(page, "confirm-cancel").click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await server.queue("orders")).messages, 3, "whoever cancels loses nothing");
  await byId(page, "purge-queue").click();
  await byId(page, "confirm-typed").fill("orders");
  await byId(page, "confirm-act").click();
  await holds(server, "orders", 0);
  await shows(page, "ready", "0");
  assert.deepEqual(problems, []);
});

test("messages are moved to another queue, by the keyboard alone", async (t) => {
  const { server, page } = await openQueue(t, { messages: 3 });
  await server.api("PUT", "/api/queues/%2F/other", {});
  await byId(page, "move-messages").focus();
  await page.keyboard.press("Enter");
  await byId(page, "move-dialog").waitFor();
  await page.keyboard.type("other");
  await page.keyboard.press("Tab");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await byId(page, "move-dialog").waitFor({ state: "detached" });
  await holds(server, "other", 2);
  await holds(server, "orders", 1);
});

test("a move to a queue that is not there says so and changes nothing", async (t) => {
  const { server, page } = await openQueue(t, { messages: 1, query: "?move=1" });
  await byId(page, "move-target").fill("none");
  await byId(page, "move-submit").click();
  await byId(page, "move-error").getByText('there is no queue "none"').waitFor();
  await holds(server, "orders", 1);
});

test("deleting a queue with messages wants its name and leads to the list", async (t) => {
  const { server, page, problems } = await openQueue(t, { messages: 2 });
  await byId(page, "delete-queue").click();
  await byId(page, "confirm-typed").fill("orders");
  await byId(page, "confirm-act").click();
  await page.waitForFunction(() => location.hash.startsWith("#/queues") && !location.hash.includes("orders"));
  await eventually("it is gone", async () => (await server.queue("orders")) === null);
  assert.deepEqual(problems, []);
});

test("bindings are added, removed and had back", async (t) => {
  const { server, page } = await openQueue(t, { query: "?tab=bindings" });
  const rows = byId(page, "binding-row");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1, "that of the default exchange");
  await byId(page, "binding-exchange").selectOption("amq.topic");
  await byId(page, "binding-key").fill("orders.*");
  await byId(page, "binding-submit").click();
  await rows.nth(1).waitFor();
  const bound = async () => (await (await server.api("GET", "/api/bindings/%2F/e/amq.topic/q/orders")).json()).length;
  assert.equal(await bound(), 1);
  await byId(page, "remove-binding").click();
  await byId(page, "confirm-act").click();
  await eventually("it is removed", async () => (await bound()) === 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await eventually("it is back", async () => (await bound()) === 1);
  await rows.nth(1).waitFor();
});

test("a binding that others make appears by itself", async (t) => {
  const { server, page } = await openQueue(t, { query: "?tab=bindings" });
  await byId(page, "binding-row").first().waitFor();
  await server.api("POST", "/api/bindings/%2F/e/amq.fanout/q/orders", {});
  await byId(page, "binding-row").nth(1).waitFor();
});

test("consumers come and go on the page, with a link to their connection", async (t) => {
  const { server, page } = await openQueue(t, { query: "?tab=consumers", messages: 1 });
  await byId(page, "consumers-empty").waitFor();
  const consumer = await open(t, `${server.origin}/favicon.svg`);
  await consumer.page.evaluate(async () => {
    const { connect } = await import("/client/index.js");
    const url = location.origin.replace("http", "ws") + "/ws";
    globalThis.client = await connect(url, { login: "guest", passcode: "guest" });
    await globalThis.client.subscribe("/queue/orders", () => {}, { ack: "client", prefetch: 7 }).ready;
  });
  const row = byId(page, "consumer-row");
  await row.filter({ hasText: "7" }).waitFor();
  await shows(page, "unacked", "1");
  assert.match(await row.locator("a").getAttribute("href"), /^#\/connections\//);
  await consumer.page.evaluate(() => globalThis.client.close());
  await byId(page, "consumers-empty").waitFor();
});

test("settings show the arguments it was declared with", async (t) => {
  const definition = { durable: true, arguments: { "x-max-length": 10 } };
  const { page } = await openQueue(t, { query: "?tab=settings", definition });
  const settings = byId(page, "queue-settings");
  await settings.getByText("x-max-length").waitFor();
  await settings.getByText("10", { exact: true }).waitFor();
});

test("a queue that goes while one looks is said to be gone, and shown again when it comes back", async (t) => {
  const { server, page, problems } = await openQueue(t);
  await server.api("DELETE", "/api/queues/%2F/orders");
  await byId(page, "queue-gone").waitFor();
  await server.api("PUT", "/api/queues/%2F/orders", {});
  await byId(page, "queue-figures").waitFor();
  assert.deepEqual(problems, []);
});

test("without the server the figures are said to be old, and recover", async (t) => {
  const { server, page } = await openQueue(t, { messages: 1 });
  await server.kill();
  await byId(page, "stale").waitFor();
  await server.start();
  await server.api("PUT", "/api/queues/%2F/orders", {});
  await isLive(page);
  await shows(page, "ready", "0");
});
