// Subscriptions of the packed client: errors that end one of them alone, credit, browsing, and how messages come back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, depth, heard, Proxy, SOON, statesOf, withCode } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

test("a refused call fails alone, and the connection stays", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const states = statesOf(client);
  client.on("error", () => {});
  await assert.rejects(within(client.publish("/nowhere/at/all", "x"), "the refusal"), withCode("bad-destination"));
  const refused = client.subscribe("/amq/queue/none");
  await assert.rejects(within(refused.ready, "the refusal"), withCode("not-found"));
  await assert.rejects(within(refused[Symbol.asyncIterator]().next(), "the loop's end"), withCode("not-found"));
  await within(refused.unsubscribe(), "the end of what has ended");
  assert.equal((await client.publish("/queue/good", "x")).routed, 1);
  assert.deepEqual(states, []);
});

test("a subscription whose queue is deleted ends with the reason, and is not restored", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const errors = new Arrivals();
  client.on("error", errors.push);
  const states = statesOf(client);
  const doomed = client.subscribe("/queue/doomed");
  const { messages } = await heard(client, "/queue/spared");
  await within(doomed.ready, "the subscription");
  assert.equal((await server.api("DELETE", "/api/queues/%2F/doomed")).ok, true);
  const end = await within(doomed[Symbol.asyncIterator]().next().catch((error) => error), "the loop's end");
  withCode(end.code)(end);
  assert.equal((await errors.next("the error")).code, end.code);
  assert.deepEqual(states, []);
  proxy.cut();
  await eventually("it is connected again", () => states.at(-1) === "connected");
  await client.publish("/queue/spared", "x");
  assert.equal((await messages.next("a message for the other")).text, "x");
  assert.equal(await server.queue("doomed"), null);
});

test("a settlement that is refused is told as an error, and the connection stays", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const states = statesOf(client);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const { messages } = await heard(client, "/queue/twice", { ack: "client-individual" });
  await client.publish("/queue/twice", "x");
  const message = await messages.next("the message");
  message.ack();
  message.ack();
  withCode("unknown-message")(await errors.next("the refusal"));
  assert.deepEqual(states, []);
});

test("a subscription with credit gets what it is granted", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  for (const body of ["1", "2", "3", "4", "5"]) await client.publish("/queue/metered", body);
  const { messages, subscription } = await heard(client, "/queue/metered", { credit: 0 });
  assert.equal((await server.queue("metered")).messages, 5);
  subscription.grant(2);
  assert.deepEqual([(await messages.next("1")).text, (await messages.next("2")).text], ["1", "2"]);
  await client.publish("/queue/marks", "the server has done what it was asked");
  assert.equal((await server.queue("metered")).messages, 3);
  assert.equal(messages.waiting, 0);
  subscription.grant(10);
  for (const body of ["3", "4", "5"]) assert.equal((await messages.next(body)).text, body);
});

test("after a reconnect the credit is what was granted and not yet used", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const other = await connected(t, server);
  const { messages, subscription } = await heard(client, "/queue/metered", { credit: 2 });
  await other.publish("/queue/metered", "1");
  assert.equal((await messages.next("1")).text, "1");
  subscription.grant(1);
  const states = statesOf(client);
  proxy.cut();
  await eventually("it is connected again", () => states.at(-1) === "connected");
  for (const body of ["2", "3", "4"]) await other.publish("/queue/metered", body);
  assert.deepEqual([(await messages.next("2")).text, (await messages.next("3")).text], ["2", "3"]);
  await depth(server, "metered", 1);
  subscription.grant(1);
  assert.equal((await messages.next("4")).text, "4");
});

test("credit may be counted in octets, and only who began with one is granted more", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  for (const body of ["1234", "5678", "9"]) await client.publish("/queue/octets", body);
  const { messages, subscription } = await heard(client, "/queue/octets", { credit: 10, creditBytes: 5 });
  assert.deepEqual([(await messages.next("1234")).text, (await messages.next("5678")).text], ["1234", "5678"]);
  await depth(server, "octets", 1);
  subscription.grant(0, 1);
  assert.equal((await messages.next("9")).text, "9");
  assert.throws(() => subscription.grant(-1), withCode("invalid-argument"));
  const { subscription: unmetered } = await heard(client, "/queue/octets");
  assert.throws(() => unmetered.grant(1), withCode("invalid-argument"));
});

test("browsing shows what waits, takes nothing, and ends by itself", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  for (const body of ["1", "2", "3"]) await client.publish("/queue/shelf", body);
  const browsed = async () => {
    const texts = [];
    for await (const message of client.browse("/queue/shelf")) texts.push(message.text);
    return texts;
  };
  assert.deepEqual(await within(browsed(), "the loop's end"), ["1", "2", "3"]);
  assert.deepEqual(await within(browsed(), "the loop's end"), ["1", "2", "3"]);
  assert.equal((await server.queue("shelf")).messages_ready, 3);
  for await (const message of client.browse("/queue/shelf")) {
    assert.equal(message.text, "1");
    break;
  }
  await eventually("nobody looks any more", async () => (await server.queue("shelf")).consumers === 0);
  await assert.rejects(within(client.browse("/amq/queue/none").next(), "the refusal"), withCode("not-found"));
  assert.throws(() => client.browse(""), withCode("invalid-argument"));
});

test("a handler that browses does not see the mark at the end", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  await client.publish("/queue/shelf", "1");
  const seen = new Arrivals();
  const subscription = client.subscribe("/queue/shelf", seen.push, { headers: { browser: "true" } });
  assert.equal((await seen.next("the message")).text, "1");
  const { done } = await within(subscription[Symbol.asyncIterator]().next(), "the end");
  assert.equal(done, true);
  assert.equal(seen.waiting, 0);
});

test("a message that is given back with a delay lets others go first", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/jobs", { ack: "client-individual", prefetch: 1 });
  await client.publish("/queue/jobs", "one");
  await client.publish("/queue/jobs", "two");
  const first = await messages.next("the first");
  assert.equal(first.text, "one");
  first.nack({ delay: 100 });
  const second = await messages.next("the second");
  assert.equal(second.text, "two");
  second.ack();
  const again = await messages.next("the first again");
  assert.deepEqual([again.text, again.redelivered, again.deliveryCount], ["one", true, 2]);
  again.ack();
  assert.throws(() => first.nack({ delay: -1 }), withCode("invalid-argument"));
  assert.throws(() => first.nack({ delay: 1, requeue: false }), withCode("invalid-argument"));
});

test("a dead letter says where and why it died", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const dead = await heard(client, "/topic/dead");
  const arguments_ = { "x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": "dead" };
  const { messages } = await heard(client, "/queue/mortal", { ack: "client-individual", headers: arguments_ });
  await client.publish("/queue/mortal", "x");
  const message = await messages.next("the message");
  assert.deepEqual(message.deaths, []);
  message.nack({ requeue: false, reason: "unreadable" });
  const letter = await dead.messages.next("the dead letter");
  assert.equal(letter.text, "x");
  assert.equal(letter.headers["x-death-text"], "unreadable");
  const [death, ...more] = letter.deaths;
  assert.deepEqual(more, []);
  assert.deepEqual([death.reason, death.queue, death.count], ["rejected", "mortal", 1]);
  assert.ok(death.time instanceof Date && Math.abs(death.time - Date.now()) < 60_000, String(death.time));
  await client.publish("/topic/dead", "x", { headers: { "x-death": "not ours" } });
  assert.deepEqual((await dead.messages.next("a message that says it died")).deaths, []);
});
