// The playground: publishing and receiving by hand, and links to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { publish as publishTo } from "./dashboard.mjs";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

async function playground(t, server, query = "", options = {}) {
  const opened = await open(t, `${server.origin}/#/playground${query}`, options);
  await isLive(opened.page);
  return opened;
}

async function subscribe(page, destination, { ack = "auto", prefetch, credit } = {}) {
  await byId(page, "subscribe-destination").fill(destination);
  await byId(page, "subscribe-ack").selectOption(ack);
  if (prefetch !== undefined) await byId(page, "subscribe-prefetch").fill(String(prefetch));
  await byId(page, "subscribe-credit").fill(credit === undefined ? "" : String(credit));
  await byId(page, "subscribe-submit").click();
  const card = subscription(page, destination);
  await card.locator("[data-status=open]").waitFor();
  return card;
}

const subscription = (page, destination) => page.locator(`[data-testid=subscription][data-destination="${destination}"]`);

async function publish(page, destination, body, { type = "text/plain", count = 1 } = {}) {
  await byId(page, "publish-destination").fill(destination);
  await byId(page, "publish-content-type").fill(type);
  await byId(page, "publish-body").fill(body);
  await byId(page, "publish-count").fill(String(count));
  await byId(page, "publish-submit").click();
}

const says = (page, id, text) => byId(page, id).filter({ hasText: text }).waitFor();
const shows = (card, text) => card.getByTestId("message-body").filter({ hasText: text }).first().waitFor();

test("what is published over STOMP comes to its subscribers, JSON in lines", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/topic/prices.*");
  await publish(page, "/topic/prices.rope", '{"rope":{"price":12}}', { type: "application/json" });
  await says(page, "publish-result", "1 confirmed, routed to 1");
  await shows(card, '"price": 12');
  assert.equal(await card.getByTestId("message-body").innerText(), '{\n  "rope": {\n    "price": 12\n  }\n}');
  await card.getByText("/topic/prices.rope").first().waitFor();
  await publish(page, "/topic/nobody.listens", "x");
  await says(page, "publish-result", "1 confirmed, routed to 0");
  assert.deepEqual(problems, []);
});

test("what is published over HTTP comes to the same subscribers", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/exchange/amq.fanout");
  await byId(page, "publish-protocol").selectOption("http");
  await byId(page, "publish-more").click();
  await byId(page, "publish-headers").fill("colour: blue");
  await publish(page, "/exchange/amq.fanout", "by http", { count: 20 });
  await says(page, "publish-result", "20 confirmed in");
  await shows(card, "by http");
  await eventually("all twenty arrive", async () => (await card.getByTestId("subscription-count").innerText()) === "20");
  await card.getByTestId("message-headers").first().click();
  await card.getByText("colour").first().waitFor();
  await publish(page, "/queue/not-there", "x");
  await says(page, "publish-result", "1 to no queue");
  await publish(page, "/temp-queue/mine", "x");
  await says(page, "publish-error", "cannot be published to over HTTP");
  assert.deepEqual(problems, []);
});

test("over HTTP messages are looked at, and taken only when that is said", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/orders", {});
  for (let number = 1; number <= 3; number += 1) await publishTo(server, "orders", { number });
  const { page, problems } = await playground(t, server, "?through=http&from=/queue/orders");
  await byId(page, "fetch-submit").click();
  await says(page, "fetched-note", "3 messages");
  assert.deepEqual(await byId(page, "message").count(), 3);
  assert.equal((await server.queue("orders")).messages, 3);

  await byId(page, "fetch-take").check();
  await byId(page, "fetch-count").fill("2");
  await byId(page, "fetch-submit").click();
  await says(page, "fetched-note", "2 messages taken");
  await eventually("two have left", async () => (await server.queue("orders")).messages === 1);

  await byId(page, "subscribe-destination").fill("/topic/x");
  await byId(page, "fetch-submit").click();
  await says(page, "fetch-error", "is no queue");
  assert.deepEqual(problems, []);
});

test("messages are settled one by one, or all up to one", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/queue/work", { ack: "client-individual", prefetch: 2 });
  await publish(page, "/queue/work", "job", { count: 4 });
  await card.locator("[data-settlement=pending]").nth(1).waitFor();
  assert.equal(await card.getByTestId("message").count(), 2, "no more than the prefetch");
  await card.getByTestId("message-ack").first().click();
  await card.getByText("acked", { exact: true }).waitFor();
  await card.getByTestId("message-drop").first().click();
  await eventually("two are settled", async () => (await server.queue("work")).messages === 2);
  await card.getByTestId("unsubscribe").click();

  const cumulative = await subscribe(page, "/queue/work", { ack: "client", prefetch: 10 });
  await cumulative.locator("[data-settlement=pending]").nth(1).waitFor();
  await cumulative.getByTestId("message-ack").first().click(); // the newest is the first
  await eventually("the queue is empty", async () => (await server.queue("work")).messages === 0);
  assert.deepEqual(problems, []);
});

test("a lost connection returns what was not settled, and the subscription goes on", async (t) => {
  const server = await Server.start(t);
  const { page } = await playground(t, server);
  const card = await subscribe(page, "/queue/work", { ack: "client-individual", prefetch: 5 });
  await publish(page, "/queue/work", "before");
  await card.locator("[data-settlement=pending]").waitFor();
  await server.kill();
  await byId(page, "work-interrupted").waitFor();
  await card.locator("[data-settlement=returned]").waitFor();
  await server.start();
  await byId(page, "work-interrupted").waitFor({ state: "detached" });
  await publish(page, "/queue/work", "after");
  await shows(card, "after");
});

test("a credit holds messages back until more are granted", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/queue/slow", { credit: 2 });
  await publish(page, "/queue/slow", "one of five", { count: 5 });
  await card.getByTestId("message").nth(1).waitFor();
  await eventually("three wait", async () => (await server.queue("slow")).messages_ready === 3);
  assert.match(await card.getByTestId("subscription-granted").innerText(), /of 2 granted/);
  await card.getByTestId("grant").click();
  await card.getByTestId("message").nth(3).waitFor();
  await eventually("one waits", async () => (await server.queue("slow")).messages_ready === 1);
  assert.deepEqual(problems, []);
});

test("a list is paused and cleared, and eight subscriptions are the most", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/topic/a");
  await card.getByTestId("pause").click();
  await publish(page, "/topic/a", "while paused");
  await says(page, "publish-result", "1 confirmed, routed to 1");
  await card.getByText("The list is paused.").waitFor();
  await card.getByTestId("pause").click();
  await shows(card, "while paused");
  await card.getByTestId("clear").click();
  await card.getByText("No messages to show yet.").waitFor();
  for (const name of ["b", "c", "d", "e", "f", "g", "h"]) await subscribe(page, `/topic/${name}`);
  assert.equal(await byId(page, "subscribe-submit").isDisabled(), true);
  await card.getByTestId("unsubscribe").click();
  await card.waitFor({ state: "detached" });
  assert.equal(await byId(page, "subscribe-submit").isEnabled(), true);
  assert.deepEqual(problems, []);
});

test("a slip in a form is named, and nothing is sent", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  await publish(page, "/queue/strict", "{not json", { type: "application/json" });
  await says(page, "publish-mistake", "The body is not JSON");
  await byId(page, "publish-pretty").click();
  await says(page, "publish-mistake", "The body is not JSON");
  await byId(page, "publish-body").fill('{"a":[1,2]}');
  await byId(page, "publish-pretty").click();
  assert.equal(await byId(page, "publish-body").inputValue(), JSON.stringify({ a: [1, 2] }, null, 2));
  await byId(page, "publish-more").click();
  await byId(page, "publish-headers").fill("no header");
  await byId(page, "publish-submit").click();
  await says(page, "publish-mistake", "no header");
  assert.equal(await server.queue("strict"), null);

  await byId(page, "subscribe-destination").fill("/nowhere/x");
  await byId(page, "subscribe-submit").click();
  await byId(page, "subscription-error").waitFor();
  await isLive(page);
  assert.deepEqual(problems, []);
});

test("shows how code would send the same, without a password", async (t) => {
  const server = await Server.start(t);
  const { page } = await playground(t, server, `?to=/queue/it%2527s&type=text/plain&body=it's&headers=a:+1`);
  await byId(page, "publish-code").click();
  await says(page, "code", `await client.publish("/queue/it%27s", "it's"`);
  await byId(page, "publish-protocol").selectOption("http");
  await says(page, "code", `/api/exchanges/%2F/amq.default/publish' \\`);
  await says(page, "code", `"payload":"it'\\''s"`);
  assert.doesNotMatch(await byId(page, "code").innerText(), /guest/);
});

test("two pages chat by a link", async (t) => {
  const server = await Server.start(t);
  const context = { permissions: ["clipboard-read", "clipboard-write"] };
  const one = await playground(t, server, "", context);
  await subscribe(one.page, "/topic/chat");
  await publish(one.page, "/topic/chat", "is anybody there?");
  await byId(one.page, "copy-link").click();
  await one.page.getByText("The link is copied.").waitFor();
  const link = await one.page.evaluate(() => navigator.clipboard.readText());
  assert.doesNotMatch(link, /guest/);

  const two = await open(t, link);
  await isLive(two.page);
  const heard = subscription(two.page, "/topic/chat");
  await heard.locator("[data-status=open]").waitFor();
  assert.equal(await byId(two.page, "publish-body").inputValue(), "is anybody there?");
  await byId(two.page, "publish-body").fill("yes, grüße €");
  await byId(two.page, "publish-submit").click();
  await shows(subscription(one.page, "/topic/chat"), "yes, grüße €");
  await shows(heard, "yes, grüße €");
  assert.deepEqual([one.problems, two.problems], [[], []]);
});

test("a link takes nothing off a queue unasked, and does not publish", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/orders", {});
  await publishTo(server, "orders", { number: 1 });
  const { page } = await playground(t, server, "?to=/queue/orders&body=x&type=text/plain&open=auto+/queue/orders&open=auto+/topic/a");
  await subscription(page, "/topic/a").locator("[data-status=open]").waitFor();
  const prepared = byId(page, "prepared");
  await prepared.waitFor();
  assert.equal((await server.queue("orders")).messages, 1);
  assert.equal(await subscription(page, "/queue/orders").count(), 0);
  await prepared.getByTestId("begin").click();
  await shows(subscription(page, "/queue/orders"), '"number": 1');
  await prepared.waitFor({ state: "detached" });
});

test("the address follows the forms, and another page in between changes nothing", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await playground(t, server);
  const card = await subscribe(page, "/topic/kept");
  await publish(page, "/topic/kept", "kept");
  await shows(card, "kept");
  await page.waitForFunction(() => location.hash.includes("to=%2Ftopic%2Fkept") && location.hash.includes("open=auto"));
  await page.getByRole("link", { name: "Queues" }).click();
  await byId(page, "queue-table").waitFor();
  await page.goBack();
  await shows(card, "kept");
  assert.equal(await byId(page, "subscription").count(), 1);
  assert.equal(await byId(page, "publish-body").inputValue(), "kept");
  await page.reload();
  await card.locator("[data-status=open]").waitFor();
  assert.equal(await byId(page, "publish-destination").inputValue(), "/topic/kept");
  assert.deepEqual(problems, []);
});

test("a subscription whose queue is deleted says so", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/orders", {});
  const { page } = await playground(t, server);
  await subscribe(page, "/queue/orders");
  await server.api("DELETE", "/api/queues/%2F/orders");
  await says(page, "subscription-error", "deleted");
});
