// What a client tells of itself: gaps, what goes over the wire, and where it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, heard, Proxy, SOON } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

test("after a reconnect the readers of topics are told of a gap, before the next message", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const other = await connected(t, server);
  const story = new Arrivals();
  const topic = client.subscribe("/topic/news", (message) => story.push(message.text));
  await within(topic.ready, "the topic");
  await heard(client, "/queue/kept");
  client.on("gap", story.push);
  await other.publish("/topic/news", "before");
  assert.equal(await story.next("the message"), "before");
  proxy.cut();
  const gap = await story.next("the gap");
  assert.equal(gap.subscription, topic);
  assert.deepEqual([gap.reason, gap.count], ["reconnected", undefined]);
  await eventually("it is connected again", () => client.inspect().subscriptions.every(({ isReady }) => isReady));
  await other.publish("/topic/news", "after");
  assert.equal(await story.next("the next message"), "after");
});

test("who debugs sees frames, sockets and timers, but no secrets and no bodies", async (t) => {
  const server = await Server.start(t);
  const events = [];
  const client = await connected(t, server, { debug: (event) => events.push(event) });
  await heard(client, "/topic/debug");
  await client.publish("/topic/debug", "the body", { headers: { "x-api-token": "hidden" } });
  const texts = (kind) => events.filter((event) => event.kind === kind).map(({ text }) => text);
  await eventually("the message came", () => texts("received").some((text) => text.startsWith("MESSAGE\n")));
  assert.match(texts("sent")[0], /^CONNECT\n[^]*\nlogin:guest\npasscode:\*\*\*$/);
  assert.ok(texts("received")[0].startsWith("CONNECTED\n"));
  assert.deepEqual(texts("state"), ["connecting", "connected"]);
  assert.ok(texts("socket").includes("open") && texts("timer").length > 0);
  const send = events.find(({ text }) => text.startsWith("SEND\n"));
  assert.equal(send.octets, "the body".length);
  assert.match(send.text, /\nx-api-token:\*\*\*/);
  const all = JSON.stringify(events);
  assert.ok(!all.includes("hidden") && !all.includes("the body"));
  assert.ok(events.every(({ time }) => Math.abs(time - Date.now()) < 60_000));
});

test("who stops listening is told nothing more", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const events = [];
  const stop = client.on("debug", (event) => events.push(event));
  await client.publish("/topic/debug", "x");
  assert.ok(events.length > 0);
  stop();
  events.length = 0;
  await client.publish("/topic/debug", "x");
  assert.deepEqual(events, []);
  assert.throws(() => client.on("bug", () => {}), /state, error, notice, gap, debug/);
});

test("a client can be looked at", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: { initialDelay: 600_000, maxDelay: 600_000 } });
  const { messages } = await heard(client, "/queue/seen", { ack: "client" });
  for (const body of ["1", "2", "3"]) await client.publish("/queue/seen", body);
  await messages.next("1");
  (await messages.next("2")).ack();
  await messages.next("3");
  const { connectedAt, serverVersion, url, ...info } = client.inspect();
  assert.ok(Math.abs(connectedAt - Date.now()) < 60_000);
  assert.match(serverVersion, /wharf/i);
  assert.equal(url, server.ws);
  const subscription = { number: 1, destination: "/queue/seen", ack: "client", received: 3, unsettled: 1, waiting: 0, isReady: true };
  assert.deepEqual(info, { state: "connected", epoch: 1, attempts: 0, outbox: { messages: 0, octets: 0 }, subscriptions: [subscription] });

  await server.kill();
  await eventually("the loss is noticed", () => client.state === "waiting");
  client.publish("/queue/seen", "four").catch(() => {});
  const waiting = client.inspect();
  assert.deepEqual([waiting.epoch, waiting.attempts, waiting.outbox], [0, 1, { messages: 1, octets: 4 }]);
  assert.ok(waiting.nextAttemptAt > Date.now() - 60_000);
  assert.equal(waiting.connectedAt, undefined);
  assert.deepEqual([waiting.subscriptions[0].isReady, waiting.subscriptions[0].unsettled], [false, 0]);
});

test("a connection that is not made again is told to who listens for errors", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: false });
  const errors = new Arrivals();
  client.on("error", errors.push);
  await server.kill();
  assert.equal((await errors.next("the loss")).code, "connection-lost");
  assert.equal(client.state, "closed");
});
