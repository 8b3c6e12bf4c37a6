// What becomes of publishes when connections are lost, how many may wait, and what can be said about each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, depth, drained, heard, Proxy, SOON, withCode } from "./client-support.mjs";
import { eventually, Server, within } from "./harness.mjs";

test("a publish that was stored and whose receipt was lost is stored once", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  proxy.hold("down");
  const publish = client.publish("/queue/once", "x");
  await depth(server, "once", 1);
  proxy.cut();
  assert.deepEqual(await within(publish, "the confirmation"), { routed: 0, duplicate: true });
  await client.publish("/queue/once", "y");
  assert.deepEqual(await drained(client, server, "once"), ["x", "y"]);
});

test("what never arrived is sent again, in order, and before what came after it", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  proxy.hold("down");
  const stored = client.publish("/queue/order", "1");
  await depth(server, "order", 1);
  proxy.hold("up");
  const lost = ["2", "3"].map((body) => client.publish("/queue/order", body));
  proxy.break();
  await eventually("the loss is noticed", () => client.state !== "connected");
  const later = client.publish("/queue/order", "4");
  proxy.mend();
  const confirmations = await within(Promise.all([stored, ...lost, later]), "all confirmations");
  assert.deepEqual(confirmations.map(({ duplicate }) => duplicate), [true, false, false, false]);
  assert.deepEqual(await drained(client, server, "order"), ["1", "2", "3", "4"]);
});

test("through many cuts each message is stored once, in order", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const expected = Array.from({ length: 300 }, (_, number) => String(number));
  const publishes = expected.map((body) => client.publish("/queue/cuts", body));
  for (const number of [0, 70, 140, 210, 280]) {
    await within(publishes[number], `the confirmation of ${number}`);
    proxy.cut();
  }
  await within(Promise.all(publishes), "all confirmations");
  assert.deepEqual(await drained(client, server, "cuts"), expected);
});

test("a publish that shall not be sent again is rejected when nobody knows whether it arrived", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  proxy.hold("down");
  const publish = client.publish("/queue/once", "x", { resend: false });
  await depth(server, "once", 1);
  proxy.cut();
  await assert.rejects(within(publish, "the rejection"), withCode("connection-lost", true));
  await within(client.publish("/queue/once", "y"), "the next publish");
  assert.deepEqual(await drained(client, server, "once"), ["x", "y"]);
});

test("what made the server close the connection is not sent again", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: SOON });
  client.on("error", () => {});
  const tooLarge = new Uint8Array(17 * 1024 * 1024);
  await assert.rejects(within(client.publish("/queue/large", tooLarge), "the refusal"), withCode("too-large", false));
  assert.equal((await within(client.publish("/queue/small", "x"), "the next publish")).routed, 1);
});

test("the outbox is bounded in messages and in octets", async (t) => {
  const server = await Server.start(t);
  await connected(t, server);
  const few = await connected(t, server, { reconnect: SOON, maxOutbox: { messages: 2 } });
  const small = await connected(t, server, { reconnect: SOON, maxOutbox: { octets: 10 } });
  await server.kill();
  await eventually("the loss is noticed", () => few.state !== "connected" && small.state !== "connected");
  const waiting = [few.publish("/queue/few", "1"), few.publish("/queue/few", "2"), small.publish("/queue/few", "larger than all")];
  await assert.rejects(few.publish("/queue/few", "3"), withCode("outbox-full", true));
  await assert.rejects(small.publish("/queue/few", "4"), withCode("outbox-full", true));
  await server.start();
  await within(Promise.all(waiting), "what waited");
  await within(few.publish("/queue/few", "3"), "room again");
});

test("a publish that was not sent yet can be taken back, and one that was goes on", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: SOON });
  const late = new AbortController();
  const sent = client.publish("/queue/sent", "x", { signal: late.signal });
  late.abort();
  assert.equal((await within(sent, "its confirmation")).routed, 1);
  await assert.rejects(client.publish("/queue/sent", "y", { signal: AbortSignal.abort() }), { name: "AbortError" });

  await server.kill();
  await eventually("the loss is noticed", () => client.state !== "connected");
  const changedMind = new AbortController();
  const taken = client.publish("/queue/waiting", "taken back", { signal: changedMind.signal });
  const kept = client.publish("/queue/waiting", "kept");
  changedMind.abort(new Error("no more"));
  await assert.rejects(taken, { message: "no more" });
  await server.start();
  await within(kept, "what was not taken back");
  assert.deepEqual(await drained(client, server, "waiting"), ["kept"]);
});

test("the server stores one message of each id", async (t) => {
  const server = await Server.start(t);
  const clients = [await connected(t, server), await connected(t, server)];
  const publish = (client) => client.publish("/queue/ids", "x", { dedupId: "order-17" });
  assert.deepEqual(await publish(clients[0]), { routed: 1, duplicate: false });
  assert.deepEqual(await publish(clients[1]), { routed: 0, duplicate: true });
  assert.deepEqual(await clients[1].publish("/queue/ids", "x", { dedupId: "order-18" }), { routed: 1, duplicate: false });
  // Ids of different clients are different without anybody's doing.
  for (const client of clients) assert.equal((await client.publish("/queue/ids", "x")).duplicate, false);
});

test("what a publish says of its message arrives with it", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/options");
  const options = { persistent: true, priority: 7, expiration: 60_000, correlationId: "c", replyTo: "/queue/answers", headers: { own: "1" } };
  await client.publish("/queue/options", "x", options);
  const { headers } = await messages.next("the message");
  const seen = ["persistent", "priority", "correlation-id", "reply-to", "own"].map((name) => headers[name]);
  assert.deepEqual(seen, ["true", "7", "c", "/queue/answers", "1"]);
});

test("a mandatory publish that nobody takes is refused, and the connection stays", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const states = [];
  client.on("state", (state) => states.push(state));
  await assert.rejects(within(client.publish("/topic/nobody", "x", { mandatory: true }), "the refusal"), withCode("unroutable"));
  assert.deepEqual(await client.publish("/topic/nobody", "x"), { routed: 0, duplicate: false });
  assert.deepEqual(states, []);
});
