// Handlers that settle, a few at a time, and bodies that are checked before anybody sees them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, depth, heard, Proxy, SOON, statesOf, withCode } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

/** A handler whose messages are finished by the test. */
function manual() {
  const started = new Arrivals();
  const handler = (message) => new Promise((resolve, reject) => started.push({ message, resolve, reject }));
  return { started, handler };
}

async function subscribed(client, destination, handler, options) {
  const subscription = client.subscribe(destination, handler, { ack: "handler", ...options });
  await within(subscription.ready, `the subscription to ${destination}`);
  return subscription;
}

test("a message is accepted when its handler is done, and handlers run one at a time", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { started, handler } = manual();
  const subscription = await subscribed(client, "/queue/jobs", handler);
  for (const body of ["1", "2", "3"]) await client.publish("/queue/jobs", body);
  const first = await started.next("the first");
  await eventually("the second waits here", () => client.inspect().subscriptions[0].waiting === 1);
  assert.equal(started.waiting, 0);
  const { received, unsettled, ack } = client.inspect().subscriptions[0];
  assert.deepEqual([received, unsettled, ack], [2, 2, "client-individual"], "twice the concurrency, and no more");
  first.resolve();
  const second = await started.next("the second");
  assert.equal(second.message.text, "2");
  second.resolve();
  (await started.next("the third")).resolve();
  await depth(server, "jobs", 0);
  await within(subscription.unsubscribe(), "the end");
});

test("as many run at a time as may", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { started, handler } = manual();
  await subscribed(client, "/queue/jobs", handler, { concurrency: 3 });
  for (const body of ["1", "2", "3", "4"]) await client.publish("/queue/jobs", body);
  const running = [await started.next("1"), await started.next("2"), await started.next("3")];
  await eventually("the fourth waits here", () => client.inspect().subscriptions[0].waiting === 1);
  assert.equal(started.waiting, 0);
  running[1].resolve();
  assert.equal((await started.next("4")).message.text, "4");
  assert.throws(() => client.subscribe("/queue/jobs", handler, { concurrency: 0 }), withCode("invalid-argument"));
  assert.throws(() => client.subscribe("/queue/jobs", { ack: "handler" }), withCode("invalid-argument"));
});

test("what waits for its handler when the subscription ends goes back at once", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { started, handler } = manual();
  const subscription = await subscribed(client, "/queue/jobs", handler, { concurrency: 2 });
  for (const body of ["1", "2", "3", "4", "5", "6"]) await client.publish("/queue/jobs", body);
  const running = [await started.next("1"), await started.next("2")];
  await eventually("two wait here", () => client.inspect().subscriptions[0].waiting === 2);
  await within(subscription.unsubscribe(), "the end");
  await eventually("all but what is handled is ready", async () => (await server.queue("jobs")).messages_ready === 4);
  for (const { resolve } of running) resolve();
  await depth(server, "jobs", 4);
  assert.equal(started.waiting, 0, "nothing was handled after the end");
});

test("a loop sees each message once, over a reconnect too, and what it leaves goes back", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  for (let number = 0; number < 20; number += 1) await client.publish("/queue/jobs", String(number));
  const subscription = client.subscribe("/queue/jobs", { ack: "client-individual" });
  const waiting = (count) => eventually(`${count} wait`, () => client.inspect().subscriptions[0].waiting === count);
  await waiting(20);
  const states = statesOf(client);
  proxy.cut();
  await eventually("it is connected again", () => states.at(-1) === "connected");
  await waiting(20);
  const seen = [];
  for await (const message of subscription) {
    message.ack();
    seen.push(message.text);
    if (seen.length === 12) break;
  }
  assert.deepEqual(seen, Array.from({ length: 12 }, (_, number) => String(number)));
  await within(subscription.unsubscribe(), "the end");
  assert.equal(await within(subscription.ended, "the end"), undefined);
  await eventually("the others are ready", async () => (await server.queue("jobs")).messages_ready === 8);
});

test("in mode client what is worked on stays when the subscription ends", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const other = await connected(t, server);
  const errors = [];
  client.on("error", ({ code }) => errors.push(code));
  for (let round = 0; round < 5; round += 1) {
    const { messages, subscription } = await heard(client, `/queue/round-${round}`, { ack: "client", prefetch: 5 });
    await other.publish(`/queue/round-${round}`, "first");
    let last = await messages.next("the first");
    const more = [2, 3, 4].map((number) => other.publish(`/queue/round-${round}`, String(number)));
    await within(Promise.all([subscription.unsubscribe(), ...more]), "the end");
    while (messages.waiting > 0) last = await messages.next("one on its way");
    last.ack();
    await client.transaction(() => {}); // behind it the ack has been heard
    assert.equal((await server.queue(`round-${round}`)).messages_unacknowledged, 0);
  }
  assert.deepEqual(errors, []);
});

test("a long line behind an asynchronous handler does not grow the stack", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  let finish;
  let handled = 0;
  const handler = () => {
    handled += 1;
    if (handled === 1) return new Promise((resolve) => (finish = resolve));
  };
  await within(client.subscribe("/topic/many", handler, { concurrency: 1 }).ready, "the subscription");
  const count = 30_000;
  for (let sent = 0; sent < count; sent += 500) {
    await Promise.all(Array.from({ length: 500 }, () => client.publish("/topic/many", "x")));
  }
  await eventually("all wait here", () => client.inspect().subscriptions[0].waiting === count - 1);
  finish();
  await eventually("all are handled", () => handled === count);
});

test("what a handler fails at is told, and comes again", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const { started, handler } = manual();
  await subscribed(client, "/queue/jobs", handler);
  await client.publish("/queue/jobs", "x");
  const failure = new Error("not today");
  (await started.next("the message")).reject(failure);
  assert.equal(await errors.next("the error"), failure);
  const again = await started.next("the message again");
  assert.deepEqual([again.message.text, again.message.redelivered], ["x", true]);
  again.resolve();
  await depth(server, "jobs", 0);
});

test("a handler may settle by itself, and need not be asynchronous", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const dead = await heard(client, "/topic/dead");
  const headers = { "x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": "dead" };
  const handler = (message) => message.text === "bad" && message.nack({ requeue: false, reason: "bad" });
  await subscribed(client, "/queue/jobs", handler, { headers });
  for (const body of ["good", "bad", "good"]) await client.publish("/queue/jobs", body);
  assert.equal((await dead.messages.next("the dead letter")).headers["x-death-text"], "bad");
  await depth(server, "jobs", 0);
  assert.equal(dead.messages.waiting, 0);
});

test("what waits for its handler when the connection is lost is handled once", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const { started, handler } = manual();
  await subscribed(client, "/queue/jobs", handler);
  for (const body of ["1", "2"]) await client.publish("/queue/jobs", body);
  const first = await started.next("the first");
  await eventually("the second waits", () => client.inspect().subscriptions[0].waiting === 1);
  const states = statesOf(client);
  proxy.cut();
  await eventually("it is connected again", () => states.at(-1) === "connected");
  await eventually("all came again", () => client.inspect().subscriptions[0].waiting === 2);
  first.resolve(); // on a connection that is no more: it comes again
  for (const body of ["1", "2"]) {
    const { message, resolve } = await started.next(body);
    assert.equal(message.text, body);
    resolve();
  }
  await depth(server, "jobs", 0);
  assert.equal(started.waiting, 0);
});

/** A schema as libraries make them. */
const PRICE = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => (typeof value?.price === "number" ? { value: { cents: value.price * 100 } } : { issues: [{ message: "no price" }] }),
  },
};

test("a body that does not pass is told, refused for good, and not handed on", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const dead = await heard(client, "/topic/dead");
  const headers = { "x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": "dead" };
  const bodies = new Arrivals();
  await subscribed(client, "/queue/prices", (message) => bodies.push([message.body, message.json()]), { headers, validate: PRICE });
  await client.publish("/queue/prices", { name: "no price" });
  withCode("invalid-body", false)(await errors.next("the error"));
  assert.equal((await dead.messages.next("the dead letter")).headers["x-death-text"], "invalid body");
  await client.publish("/queue/prices", { price: 7 });
  assert.deepEqual(await bodies.next("the other"), [{ cents: 700 }, { cents: 700 }]);
  await depth(server, "prices", 0);
});

test("a validator may be a function, in a loop too", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const validate = (value) => {
    if (!Array.isArray(value)) throw new TypeError("not a list");
    return value;
  };
  const subscription = client.subscribe("/topic/lists", { validate });
  await within(subscription.ready, "the subscription");
  await client.publish("/topic/lists", "no JSON at all");
  await client.publish("/topic/lists", { length: 0 });
  await client.publish("/topic/lists", [1, 2]);
  for (let number = 0; number < 2; number += 1) withCode("invalid-body")(await errors.next("an error"));
  const { value } = await within(subscription[Symbol.asyncIterator]().next(), "the list");
  assert.deepEqual(value.body, [1, 2]);
  assert.throws(() => client.subscribe("/topic/lists", { validate: {} }), withCode("invalid-argument"));
});

test("without a validator the content type says what a body is", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/bodies");
  const next = async (body, options) => {
    await client.publish("/topic/bodies", body, options);
    return messages.next("a message");
  };
  assert.deepEqual((await next({ a: 1 })).body, { a: 1 });
  assert.deepEqual((await next('{"b":2}', { contentType: "application/problem+json; charset=utf-8" })).body, { b: 2 });
  assert.equal((await next("text")).body, "text");
  assert.deepEqual((await next(Uint8Array.of(1, 2))).body, Uint8Array.of(1, 2));
  const broken = await next("{", { contentType: "application/json" });
  assert.throws(() => broken.body, withCode("invalid-body"));
});
