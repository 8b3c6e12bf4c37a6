// Transactions of the packed client: all of it happens, or nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, depth, drained, heard, Proxy, SOON, statesOf, withCode } from "./client-support.mjs";
import { eventually, Server, within } from "./harness.mjs";

test("what is in a transaction happens when it is committed, and not before", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/orders", { ack: "client-individual" });
  await client.publish("/queue/orders", "order");
  const order = await messages.next("the order");

  const transaction = client.begin();
  const parcels = ["a", "b"].map((body) => transaction.publish("/queue/parcels", body));
  transaction.ack(order);
  await client.publish("/queue/marks", "the server has read what is in it");
  assert.equal(await server.queue("parcels"), null);
  assert.equal((await server.queue("orders")).messages_unacknowledged, 1);

  await within(transaction.commit(), "the commit");
  for (const parcel of parcels) assert.deepEqual(await parcel, { routed: 1, duplicate: false });
  await depth(server, "orders", 0);
  assert.deepEqual(await drained(client, server, "parcels"), ["a", "b"]);
});

test("nothing of an aborted transaction happens", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/orders", { ack: "client-individual" });
  await client.publish("/queue/orders", "order");
  const order = await messages.next("the order");
  const transaction = client.begin();
  const parcel = transaction.publish("/queue/parcels", "a");
  transaction.nack(order, { requeue: false });
  await within(transaction.abort(), "the abort");
  await assert.rejects(parcel, withCode("aborted", false));
  assert.equal(await server.queue("parcels"), null);
  assert.equal((await server.queue("orders")).messages_unacknowledged, 1);
  order.ack();
  await depth(server, "orders", 0);
  await assert.rejects(transaction.publish("/queue/parcels", "b"), withCode("invalid-argument"));
  assert.throws(() => transaction.ack(order), withCode("invalid-argument"));
  await assert.rejects(transaction.commit(), withCode("invalid-argument"));
});

test("a function is a transaction: done is committed, thrown is aborted", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const result = await client.transaction(async (transaction) => {
    void transaction.publish("/queue/work", "done");
    return 17;
  });
  assert.equal(result, 17);
  const failing = client.transaction(async (transaction) => {
    void transaction.publish("/queue/work", "not done");
    throw new RangeError("no");
  });
  await assert.rejects(within(failing, "the failure"), RangeError);
  assert.deepEqual(await drained(client, server, "work"), ["done"]);
});

test("a transaction of which one frame is refused fails as a whole, alone", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const states = statesOf(client);
  const transaction = client.begin();
  const good = transaction.publish("/queue/good", "x");
  const bad = transaction.publish("/nowhere/at/all", "x");
  await assert.rejects(within(transaction.commit(), "the refusal"), withCode("bad-destination"));
  await assert.rejects(within(good, "the refusal of the good one"), withCode("bad-destination"));
  await assert.rejects(within(bad, "the refusal of the bad one"), withCode("bad-destination"));
  assert.equal(await server.queue("good"), null);
  await within(client.publish("/queue/good", "y"), "the next publish");
  assert.deepEqual(await drained(client, server, "good"), ["y"]);
  assert.deepEqual(states, []);
});

test("a transaction ends with its connection, and nothing of it is sent again", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const transaction = client.begin();
  const parcel = transaction.publish("/queue/parcels", "a");
  proxy.hold("up");
  const commit = transaction.commit();
  proxy.cut();
  await assert.rejects(within(commit, "the rejection"), withCode("connection-lost", true));
  await assert.rejects(parcel, withCode("connection-lost", true));

  await eventually("it is connected again", () => client.state === "connected");
  const open = client.begin();
  proxy.break();
  await eventually("the loss is noticed", () => client.state !== "connected");
  await assert.rejects(open.publish("/queue/parcels", "b"), withCode("connection-lost", true));
  assert.throws(() => client.begin(), withCode("not-connected", true));
  await assert.rejects(client.transaction(() => {}), withCode("not-connected", true));
  proxy.mend();
  await within(client.publish("/queue/parcels", "c"), "a publish outside of it");
  await assert.rejects(open.commit(), withCode("connection-lost", true));
  assert.deepEqual(await drained(client, server, "parcels"), ["c"]);
});

test("a transaction cannot settle what came over an earlier connection, or to another client", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  const other = await connected(t, server);
  const { messages } = await heard(client, "/queue/orders", { ack: "client-individual" });
  await other.publish("/queue/orders", "order");
  const before = await messages.next("the first delivery");
  proxy.cut();
  const after = await messages.next("the second delivery");
  const transaction = client.begin();
  assert.throws(() => transaction.ack(before), withCode("connection-lost", true));
  transaction.ack(after);
  await within(transaction.commit(), "the commit");
  await depth(server, "orders", 0);
  assert.throws(() => other.begin().ack(after), withCode("invalid-argument"));
});
