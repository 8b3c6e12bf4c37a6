// The packed @wharf/client in Node, as a backend would use it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, Message } from "../../wasm-client/pkg/index.js";
import { connected, GUEST, heard, withCode } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

test("a publish is confirmed with the number of those who took it", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  assert.equal(client.state, "connected");
  assert.deepEqual(await client.publish("/topic/nobody", "x"), { routed: 0, duplicate: false });
  assert.deepEqual(await client.publish("/queue/orders", "x"), { routed: 1, duplicate: false });
  assert.equal((await server.queue("orders")).messages_ready, 1);
  await heard(client, "/topic/two");
  await heard(client, "/topic/two");
  assert.deepEqual(await client.publish("/topic/two", "x"), { routed: 2, duplicate: false });
});

test("messages come as text, octets and JSON, with their headers", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/bodies");
  const next = () => messages.next("a message");

  await client.publish("/topic/bodies", "grüße €", { headers: { "a:b": "c\\d\ne", plain: "1" } });
  const text = await next();
  assert.ok(text instanceof Message);
  assert.deepEqual([text.text, text.destination], ["grüße €", "/topic/bodies"]);
  assert.deepEqual([text.headers["a:b"], text.headers.plain], ["c\\d\ne", "1"]);
  assert.deepEqual([text.redelivered, text.deliveryCount], [false, 1]);

  await client.publish("/topic/bodies", { deep: [1, { er: null }] });
  const json = await next();
  assert.deepEqual(json.json(), { deep: [1, { er: null }] });
  assert.equal(json.headers["content-type"], "application/json");

  const octets = Uint8Array.from({ length: 256 }, (_, index) => index);
  await client.publish("/topic/bodies", octets, { contentType: "application/x-octets" });
  const bytes = await next();
  assert.deepEqual(new Uint8Array(bytes.bytes), octets);
  assert.equal(bytes.headers["content-type"], "application/x-octets");
  await client.publish("/topic/bodies", octets.buffer);
  assert.deepEqual(new Uint8Array((await next()).bytes), octets);

  await client.publish("/topic/bodies");
  assert.equal((await next()).bytes.length, 0);

  const large = "ü".repeat(1_000_000);
  await client.publish("/topic/bodies", large);
  assert.equal((await next()).text, large);
});

test("a subscription is read with for await, in order, and ends with unsubscribe", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const subscription = client.subscribe("/queue/numbers");
  await subscription.ready;
  assert.equal(subscription.destination, "/queue/numbers");
  const expected = Array.from({ length: 500 }, (_, number) => String(number));
  await within(Promise.all(expected.map((body) => client.publish("/queue/numbers", body))), "all confirmations");
  const seen = [];
  const reading = (async () => {
    for await (const message of subscription) {
      seen.push(message.text);
      if (seen.length === expected.length) await subscription.unsubscribe();
    }
  })();
  await within(reading, "the loop ends");
  assert.deepEqual(seen, expected);
  assert.equal((await server.queue("numbers")).consumers, 0);
});

test("what is acked is gone and what is nacked comes again", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/jobs", { ack: "client-individual", prefetch: 1 });
  await client.publish("/queue/jobs", "one");
  await client.publish("/queue/jobs", "two");
  const first = await messages.next("the first delivery");
  assert.deepEqual([first.text, first.redelivered, first.deliveryCount], ["one", false, 1]);
  assert.equal((await server.queue("jobs")).messages_unacknowledged, 1);
  first.nack();
  const again = await messages.next("its redelivery");
  assert.deepEqual([again.text, again.redelivered, again.deliveryCount], ["one", true, 2]);
  again.ack();
  const second = await messages.next("the second message");
  assert.equal(second.text, "two");
  second.nack({ requeue: false });
  await eventually("the queue is empty", async () => (await server.queue("jobs")).messages === 0);
  assert.equal(messages.waiting, 0);
});

test("a cumulative ack covers what came before it", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/batch", { ack: "client" });
  for (const body of ["1", "2", "3"]) await client.publish("/queue/batch", body);
  await messages.next("1");
  (await messages.next("2")).ack();
  await messages.next("3");
  await eventually("two are gone", async () => (await server.queue("batch")).messages === 1);
});

test("work is shared among consumers", async (t) => {
  const server = await Server.start(t);
  const clients = [await connected(t, server), await connected(t, server)];
  const consumers = await Promise.all(clients.map((client) => heard(client, "/queue/shared")));
  for (let number = 0; number < 10; number += 1) await clients[0].publish("/queue/shared", String(number));
  for (const { messages } of consumers) {
    for (let count = 0; count < 5; count += 1) await messages.next("a fair share");
  }
});

test("after the server was killed it connects, subscribes and goes on by itself", async (t) => {
  const server = await Server.start(t);
  const states = [];
  const client = await connected(t, server, { onStateChange: (state) => states.push(state), reconnect: { initialDelay: 50, maxDelay: 200 } });
  const changes = new Arrivals();
  const stop = client.on("state", changes.push);
  const topic = await heard(client, "/topic/news");
  const iterated = client.subscribe("/queue/work", { ack: "client-individual" });
  await iterated.ready;
  const iterator = iterated[Symbol.asyncIterator]();

  await server.kill();
  await changes.next("the loss");
  const early = client.publish("/topic/news", "while it was away"); // waits for the connection
  await server.start();
  await eventually("it is connected again", () => client.state === "connected");
  await within(early, "the publish that waited");
  assert.equal((await topic.messages.next("what was published meanwhile")).text, "while it was away");

  await client.publish("/topic/news", "after the restart");
  assert.equal((await topic.messages.next("a message to the callback")).text, "after the restart");
  await client.publish("/queue/work", "job");
  const job = (await within(iterator.next(), "a message to the iterator")).value;
  assert.equal(job.text, "job");
  job.ack();
  await eventually("the job is done", async () => (await server.queue("work")).messages === 0);
  assert.deepEqual(states.filter((state, index) => state !== states[index - 1]).slice(0, 3), ["connecting", "connected", "waiting"]);
  assert.equal(states.at(-1), "connected");
  stop();
});

test("a message that was not acked comes again after a reconnect, and its old ack does no harm", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: { initialDelay: 50, maxDelay: 200 } });
  const other = await connected(t, server);
  const { messages } = await heard(client, "/queue/held", { ack: "client-individual" });
  await client.publish("/queue/held", "x");
  const before = await messages.next("the first delivery");
  // The server ends the subscription's connection alone: everybody's messages survive that.
  await server.kill();
  await server.start();
  await eventually("both are connected again", () => client.state === "connected" && other.state === "connected");
  before.ack(); // means a delivery of a server that is gone
  await other.publish("/queue/held", "y");
  const after = await messages.next("a message of the new server");
  assert.equal(after.text, "y");
  after.ack();
  await eventually("it is done", async () => (await server.queue("held"))?.messages === 0);
  assert.equal(client.state, "connected");
});

test("a connection may be waited for before the server is there", async (t) => {
  const server = await Server.start(t);
  await server.kill();
  const connecting = connect(server.ws, { ...GUEST, reconnect: { initialDelay: 50, maxDelay: 100 } });
  await server.start();
  const client = await within(connecting, "the connection");
  t.after(() => client.close());
  assert.equal(client.state, "connected");
});

test("a wrong password is refused, and not tried again", async (t) => {
  const server = await Server.start(t);
  const states = [];
  const wrong = connect(server.ws, { ...GUEST, passcode: "wrong", onStateChange: (state) => states.push(state) });
  await assert.rejects(within(wrong, "the refusal"), (error) => withCode("auth-failed")(error) && error.retryable === false);
  assert.deepEqual(states, ["connecting", "closed"]);
});

test("an unknown vhost is refused", async (t) => {
  const server = await Server.start(t);
  await assert.rejects(within(connect(server.ws, { ...GUEST, host: "nowhere" }), "the refusal"), withCode("not-found"));
});

test("a server that is not there is an error when it shall not be waited for", async (t) => {
  const server = await Server.start(t);
  await server.kill();
  for (const reconnect of [false, { initialDelay: 10, maxDelay: 20, maxAttempts: 3 }]) {
    const refused = connect(server.ws, { ...GUEST, reconnect });
    await assert.rejects(within(refused, "the failure"), (error) => withCode("connect-failed")(error) && error.retryable);
  }
});

test("timers that fire a little early stop nothing", async (t) => {
  // They do: a millisecond on the clock that they are set by is not quite one on the clock that is then read.
  const { setTimeout: exact } = globalThis;
  globalThis.setTimeout = (callback, milliseconds, ...rest) => exact(callback, Math.max(0, milliseconds - 2), ...rest);
  t.after(() => (globalThis.setTimeout = exact));
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: { initialDelay: 50, maxDelay: 100 } });
  await server.kill();
  await eventually("the loss is noticed", () => client.state !== "connected");
  await server.start();
  await within(client.publish("/topic/again", "x"), "a publish over the new connection");
});

test("a server that says nothing is given up in time", async (t) => {
  const { createServer } = await import("node:net");
  const silent = createServer().listen(0, "127.0.0.1");
  t.after(() => silent.close());
  await within(new Promise((resolve) => silent.once("listening", resolve)), "it listens");
  const url = `ws://127.0.0.1:${silent.address().port}/ws`;
  const timedOut = connect(url, { ...GUEST, connectTimeout: 200, reconnect: false });
  await assert.rejects(within(timedOut, "the failure", 5_000), withCode("connect-timeout"));
});

test("what cannot be meant is refused before anything is sent", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const invalid = withCode("invalid-argument");
  await assert.rejects(connect("not a url", GUEST), invalid);
  await assert.rejects(connect("ftp://127.0.0.1/", GUEST), invalid);
  await assert.rejects(client.publish("", "x"), invalid);
  await assert.rejects(client.publish(undefined, "x"), invalid);
  assert.throws(() => client.subscribe(""), invalid);
  assert.throws(() => client.subscribe("/queue/a", { ack: "sometimes" }), invalid);
  assert.throws(() => client.subscribe("/queue/a", { prefetch: -1 }), invalid);
  assert.throws(() => client.on("nothing", () => {}), invalid);
  assert.equal(client.state, "connected");
  assert.deepEqual(await client.publish("/topic/a", "x"), { routed: 0, duplicate: false });
});

test("a refused publish fails alone, and the client recovers", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: { initialDelay: 20, maxDelay: 50 } });
  client.on("error", () => {});
  const { messages } = await heard(client, "/topic/others");
  await assert.rejects(within(client.publish("/nowhere/at/all", "x"), "the refusal"), withCode("bad-destination"));
  await within(client.publish("/topic/others", "still here"), "the next publish");
  assert.equal((await messages.next("the subscription goes on")).text, "still here");
});

test("a refused subscription fails alone, in ready and in the loop", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: { initialDelay: 20, maxDelay: 50 } });
  client.on("error", () => {});
  const { messages } = await heard(client, "/topic/others");
  const refused = client.subscribe("/amq/queue/none");
  await assert.rejects(within(refused.ready, "the refusal"), withCode("not-found"));
  await assert.rejects(within(refused[Symbol.asyncIterator]().next(), "the loop's end"), withCode("not-found"));
  await within(client.publish("/topic/others", "still here"), "the next publish");
  assert.equal((await messages.next("the other subscription goes on")).text, "still here");
});

test("a handler that throws is told of and stops nothing", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const seen = new Arrivals();
  const subscription = client.subscribe("/topic/throws", (message) => {
    seen.push(message.text);
    throw new Error(`cannot read ${message.text}`);
  });
  await subscription.ready;
  await client.publish("/topic/throws", "1");
  await client.publish("/topic/throws", "2");
  assert.deepEqual([await seen.next("1"), await seen.next("2")], ["1", "2"]);
  assert.match((await errors.next("an error")).message, /cannot read 1/);
});

test("close waits for what was sent, ends the subscriptions, and is final", async (t) => {
  const server = await Server.start(t);
  const client = await within(connect(server.ws, GUEST), "a connection");
  const subscription = client.subscribe("/topic/closing");
  await subscription.ready;
  const confirmations = Array.from({ length: 50 }, () => client.publish("/queue/closing", "x"));
  await within(client.close(), "the end");
  assert.equal(client.state, "closed");
  for (const { routed } of await within(Promise.all(confirmations), "all confirmations")) assert.equal(routed, 1);
  assert.equal((await server.queue("closing")).messages, 50);
  const { done } = await within(subscription[Symbol.asyncIterator]().next(), "the loop's end");
  assert.equal(done, true);
  await within(client.close(), "a second close");
  await assert.rejects(client.publish("/queue/closing", "x"), withCode("closed"));
  assert.throws(() => client.subscribe("/queue/closing"), withCode("closed"));
});

test("heart-beats keep an idle connection, and notice a dead one", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { heartBeat: { outgoing: 1000, incoming: 1000 } });
  const changes = new Arrivals();
  client.on("state", changes.push);
  // Another client with the same intervals, whose server says nothing at all, is given up meanwhile.
  const { WebSocketServer } = await import("ws");
  const mute = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] });
  t.after(() => mute.close());
  mute.on("connection", (socket) => {
    socket.once("message", () => socket.send("CONNECTED\nversion:1.2\nheart-beat:1000,1000\n\n\0"));
  });
  await within(new Promise((resolve) => mute.once("listening", resolve)), "it listens");
  const lost = new Arrivals();
  const url = `ws://127.0.0.1:${mute.address().port}/`;
  const other = await within(
    connect(url, { ...GUEST, heartBeat: { outgoing: 1000, incoming: 1000 }, onStateChange: lost.push }),
    "a connection to the mute server",
  );
  t.after(() => other.close());
  assert.deepEqual([await lost.next("connecting"), await lost.next("connected")], ["connecting", "connected"]);
  assert.equal(await lost.next("the loss"), "waiting");
  assert.equal(client.state, "connected");
  assert.equal(changes.waiting, 0);
});
