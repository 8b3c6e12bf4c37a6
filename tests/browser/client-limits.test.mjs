// How long somebody is willing to wait: for a confirmation, a subscription, a connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { connect } from "../../wasm-client/pkg/index.js";
import { connected, depth, drained, GUEST, heard, Proxy, SOON, withCode } from "./client-support.mjs";
import { eventually, Server, within } from "./harness.mjs";

test("a publish that is not confirmed in time is rejected, and what was not sent never is", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  proxy.hold("down");
  await assert.rejects(within(client.publish("/queue/slow", "sent", { timeout: 50 }), "the rejection"), withCode("timeout", true));
  await depth(server, "slow", 1);
  proxy.break();
  await eventually("the loss is noticed", () => client.state !== "connected");
  await assert.rejects(within(client.publish("/queue/slow", "unsent", { timeout: 50 }), "the rejection"), withCode("timeout", true));
  proxy.mend();
  await within(client.publish("/queue/slow", "later", { timeout: 20_000 }), "the confirmation");
  assert.deepEqual(await drained(client, server, "slow"), ["sent", "later"]);
  await assert.rejects(client.publish("/queue/slow", "x", { timeout: -1 }), withCode("invalid-argument"));
});

test("a subscription that is not ready in time fails and ends", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  client.on("error", () => {});
  const { subscription: ready } = await heard(client, "/queue/ready", { timeout: 20_000 });
  proxy.hold("up");
  const subscription = client.subscribe("/queue/late", () => {}, { timeout: 50 });
  await assert.rejects(within(subscription.ready, "the rejection"), withCode("timeout", true));
  proxy.cut();
  await eventually("it is connected again", () => client.inspect().subscriptions.every(({ isReady }) => isReady));
  assert.deepEqual(client.inspect().subscriptions.map(({ destination }) => destination), ["/queue/ready"]);
  await within(ready.unsubscribe(), "the end of the other");
});

test("a signal ends a subscription", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const over = new AbortController();
  const subscription = client.subscribe("/queue/signals", { signal: over.signal });
  await within(subscription.ready, "the subscription");
  const next = subscription[Symbol.asyncIterator]().next();
  over.abort();
  assert.deepEqual(await within(next, "the end of the loop"), { value: undefined, done: true });
  assert.equal((await server.queue("signals")).consumers, 0);
  assert.throws(() => client.subscribe("/queue/signals", { signal: over.signal }), { name: "AbortError" });
});

test("a signal gives up a request", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  await heard(client, "/queue/silent");
  const over = new AbortController();
  const request = client.request("/queue/silent", "?", { signal: over.signal });
  over.abort(new Error("never mind"));
  await assert.rejects(within(request, "the rejection"), { message: "never mind" });
});

test("a client gives up when there was no connection for so long", async (t) => {
  const server = await Server.start(t);
  const reconnect = { ...SOON, giveUpAfter: 300 };
  const client = await connected(t, server, { reconnect });
  await server.kill();
  await eventually("it has given up", () => client.state === "closed");
  await assert.rejects(client.publish("/queue/q", "x"), withCode("closed"));
  const never = connect(server.ws, { ...GUEST, WebSocket, reconnect });
  await assert.rejects(within(never, "the rejection"), withCode("connect-failed", true));
});
