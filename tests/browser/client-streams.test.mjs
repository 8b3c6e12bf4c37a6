// Streams of the packed client: replay, going on after a reconnect, groups, filters, and streams that are created again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connected, heard, Proxy, SOON, withCode } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

/** Publishes texts, and gives what each was confirmed with. */
async function published(client, destination, texts) {
  const confirmations = [];
  for (const text of texts) confirmations.push(await within(client.publish(destination, text), "a confirmation"));
  return confirmations;
}

/** The next messages, as offsets and texts. */
async function next(messages, count) {
  const seen = [];
  while (seen.length < count) {
    const message = await messages.next(`message ${seen.length + 1} of ${count}`);
    seen.push([message.offset, message.text]);
  }
  return seen;
}

/** All gaps that the client tells of, in a list that grows. */
function gapsOf(client) {
  const gaps = [];
  client.on("gap", ({ subscription, reason, count }) => gaps.push([subscription.destination, reason, count]));
  return gaps;
}

/** A client behind a proxy that can be cut. */
async function severable(t, server) {
  const proxy = await Proxy.start(t, server);
  const client = await connected(t, proxy, { reconnect: SOON });
  client.on("error", () => {}); // that the connection is lost is no news
  return { proxy, client };
}

/** Cuts the connection, and waits until there is another one. */
async function reconnected(proxy, client) {
  const { epoch } = client.inspect();
  proxy.cut();
  await eventually("it is connected again", () => client.inspect().epoch > epoch && client.inspect().subscriptions.every(({ isReady }) => isReady));
}

test("what is published to a stream is confirmed with its offset, and what is not has none", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const confirmations = await published(client, "/stream/log", ["a", "b", "c"]);
  assert.deepEqual(confirmations.map(({ offset, duplicate }) => [offset, duplicate]), [[0, false], [1, false], [2, false]]);
  assert.deepEqual(await client.publish("/queue/q", "x"), { routed: 1, duplicate: false });
});

test("a stream is replayed from where its reader says, as often as it likes", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  await published(client, "/stream/log", ["a", "b"]);
  await pause(20);
  const time = Date.now();
  await pause(20);
  await published(client, "/stream/log", ["c", "d"]);
  const all = [[0, "a"], [1, "b"], [2, "c"], [3, "d"]];
  const starts = [
    ["first", 0],
    ["first", 0],
    [{ offset: 1 }, 1],
    [{ timestamp: time }, 2],
    [{ timestamp: new Date(time) }, 2],
    [{ timestamp: 0 }, 0],
    ["last", 3],
    ["next", 4],
    [undefined, 4],
  ];
  const readers = [];
  for (const [from, first] of starts) {
    const { messages, subscription } = await heard(client, "/stream/log", { ...(from !== undefined && { from }) });
    readers.push({ from, messages, subscription });
    assert.deepEqual(await next(messages, all.length - first), all.slice(first), JSON.stringify(from));
  }
  // All of them go on with what is new.
  await client.publish("/stream/log", "e");
  for (const { from, messages } of readers) {
    assert.deepEqual(await next(messages, 1), [[4, "e"]], JSON.stringify(from));
    assert.equal(messages.waiting, 0);
  }
});

test("a message of a stream has an offset and an epoch, and no other message has", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const forged = { "x-stream-offset": "77", "x-stream-epoch": "f" };
  await client.publish("/stream/log", "x", { headers: forged });
  const stream = await heard(client, "/stream/log", { from: "first" });
  const message = await stream.messages.next("the message");
  assert.equal(message.offset, 0);
  assert.match(message.epoch, /^[0-9a-f]+$/);
  assert.notEqual(message.epoch, "f");
  const queue = await heard(client, "/queue/q");
  await client.publish("/queue/q", "x", { headers: forged });
  const other = await queue.messages.next("a message of a queue");
  assert.deepEqual([other.offset, other.epoch], [undefined, undefined]);
});

test("a reader that is cut off again and again misses nothing and sees nothing twice", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const { proxy, client } = await severable(t, server);
  const gaps = gapsOf(client);
  await published(publisher, "/stream/log", ["0", "1"]);
  const { messages } = await heard(client, "/stream/log", { from: "first" });
  const follower = await heard(client, "/stream/log", { from: "last" });
  await follower.messages.next("the newest, by which it knows where it is");
  const total = 300;
  for (let number = 2; number < total; number += 1) {
    await within(publisher.publish("/stream/log", String(number)), "a confirmation");
    if (number % 60 === 30) proxy.cut();
  }
  const expected = Array.from({ length: total }, (_, number) => [number, String(number)]);
  assert.deepEqual(await next(messages, total), expected);
  assert.deepEqual(await next(follower.messages, total - 2), expected.slice(2));
  assert.deepEqual([messages.waiting, follower.messages.waiting, gaps], [0, 0, []]);
});

test("what was not settled comes again after a reconnect, and what was before it does not", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const { proxy, client } = await severable(t, server);
  await published(publisher, "/stream/log", ["a", "b", "c", "d"]);
  const each = await heard(client, "/stream/log", { from: "first", ack: "client-individual" });
  const upTo = await heard(client, "/stream/log", { from: "first", ack: "client" });
  for (const index of [0, 1, 2, 3]) {
    const message = await each.messages.next("a message");
    if (index !== 1) message.ack();
    const other = await upTo.messages.next("a message of the other");
    if (index === 2) other.ack();
  }
  await reconnected(proxy, client);
  const again = [];
  while (again.length < 3) again.push(await each.messages.next("what comes again"));
  assert.deepEqual(again.map(({ offset }) => offset), [1, 2, 3]);
  for (const message of again) message.ack();
  const last = await upTo.messages.next("what comes again to the other");
  assert.equal(last.offset, 3);
  last.ack();
  await reconnected(proxy, client);
  await publisher.publish("/stream/log", "e");
  for (const { messages } of [each, upTo]) {
    assert.deepEqual(await next(messages, 1), [[4, "e"]]);
    assert.equal(messages.waiting, 0);
  }
});

test("what is given back comes again", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  await published(client, "/stream/log", ["a"]);
  const { messages } = await heard(client, "/stream/log", { from: "first", ack: "client-individual" });
  const first = await messages.next("the message");
  first.nack();
  const again = await messages.next("the message again");
  assert.deepEqual([again.offset, again.redelivered], [0, true]);
  again.ack();
});

test("who began behind everything and saw nothing is told that something may be missing", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const { proxy, client } = await severable(t, server);
  const gaps = new Arrivals();
  client.on("gap", gaps.push);
  await publisher.publish("/stream/log", "a");
  const { messages, subscription } = await heard(client, "/stream/log");
  await reconnected(proxy, client);
  assert.deepEqual(await gaps.next("the gap"), { subscription, reason: "reconnected" });
  await publisher.publish("/stream/log", "b");
  assert.deepEqual(await next(messages, 1), [[1, "b"]]);
  await reconnected(proxy, client);
  await publisher.publish("/stream/log", "c");
  assert.deepEqual(await next(messages, 1), [[2, "c"]]);
  assert.equal(gaps.waiting, 0);
});

test("the members of a group share a stream, and who joins later goes on where they were", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const members = [];
  for (const _ of [1, 2]) {
    const client = await connected(t, server);
    const offsets = [];
    const work = (message) => void (offsets.push(message.offset), message.ack());
    const subscription = client.subscribe("/stream/jobs", work, { group: "workers", from: "first", ack: "client-individual", prefetch: 2 });
    await within(subscription.ready, "the member");
    members.push({ offsets, subscription });
  }
  await published(publisher, "/stream/jobs", Array.from({ length: 20 }, (_, number) => String(number)));
  await eventually("all of it is done", () => members.flatMap(({ offsets }) => offsets).length >= 20);
  const done = members.flatMap(({ offsets }) => offsets).sort((a, b) => a - b);
  assert.deepEqual(done, Array.from({ length: 20 }, (_, number) => number));
  assert.ok(members.every(({ offsets }) => offsets.length > 0), "both have worked");
  for (const { subscription } of members) await within(subscription.unsubscribe(), "the member leaves");

  await publisher.publish("/stream/jobs", "20");
  for (const options of [{ group: "workers" }, { group: "workers", from: "resume" }, { group: "workers", from: "first" }]) {
    const member = await connected(t, server);
    const { messages } = await heard(member, "/stream/jobs", { ...options, ack: "client-individual" });
    assert.deepEqual(await next(messages, 1), [[20, "20"]], JSON.stringify(options));
    await within(member.close(), "it leaves without having done it"); // what it has not settled goes back with its connection
  }
  const other = await heard(publisher, "/stream/jobs", { group: "others", from: { offset: 19 } });
  assert.deepEqual(await next(other.messages, 2), [[19, "19"], [20, "20"]]);
});

test("a member of a group that is cut off goes on with the group", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const { proxy, client } = await severable(t, server);
  const gaps = gapsOf(client);
  const { messages } = await heard(client, "/stream/jobs", { group: "workers", from: "next", ack: "client-individual" });
  await published(publisher, "/stream/jobs", ["a", "b"]);
  (await messages.next("a")).ack();
  await messages.next("b");
  await client.publish("/queue/marks", "the server has read the ack");
  await reconnected(proxy, client);
  const seen = new Map();
  while (!seen.has(1)) {
    const message = await messages.next("what was not settled");
    seen.set(message.offset, message.text);
    message.ack();
  }
  await publisher.publish("/stream/jobs", "c");
  assert.deepEqual(await next(messages, 1), [[2, "c"]]);
  assert.deepEqual(gaps, []);
});

test("a filter leaves out what does not have its values", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  for (const filterValue of ["coal", "peat", undefined, "wood", "coal"]) {
    await client.publish("/stream/prices", filterValue ?? "none", { ...(filterValue && { filterValue }) });
  }
  const read = async (options, count) => next((await heard(client, "/stream/prices", { from: "first", ...options })).messages, count);
  assert.deepEqual(await read({ filter: ["coal"] }, 2), [[0, "coal"], [4, "coal"]]);
  assert.deepEqual(await read({ filter: ["wood", "peat"] }, 2), [[1, "peat"], [3, "wood"]]);
  assert.deepEqual(await read({ filter: ["wood"], matchUnfiltered: true }, 2), [[2, "none"], [3, "wood"]]);
  const message = await (await heard(client, "/stream/prices", { from: "first", filter: ["peat"] })).messages.next("the message");
  assert.equal(message.headers["x-stream-filter-value"], "peat");
});

test("a stream that was created again meanwhile is told as a gap and read from its beginning", async (t) => {
  const server = await Server.start(t);
  const publisher = await connected(t, server);
  const { proxy, client } = await severable(t, server);
  const gaps = new Arrivals();
  client.on("gap", gaps.push);
  await published(publisher, "/stream/log", ["old a", "old b"]);
  const { messages, subscription } = await heard(client, "/stream/log", { from: "first" });
  await messages.next("old a");
  const { offset, epoch } = await messages.next("old b");

  proxy.break();
  await eventually("the loss is noticed", () => client.state !== "connected");
  assert.equal((await server.api("DELETE", "/api/queues/%2F/log")).ok, true);
  assert.deepEqual((await published(publisher, "/stream/log", ["new a", "new b", "new c"])).map((it) => it.offset), [0, 1, 2]);
  proxy.mend();
  assert.deepEqual(await gaps.next("the gap"), { subscription, reason: "recreated" });
  assert.deepEqual(await next(messages, 3), [[0, "new a"], [1, "new b"], [2, "new c"]]);
  await reconnected(proxy, client);
  await publisher.publish("/stream/log", "new d");
  const message = await messages.next("new d");
  assert.deepEqual([message.offset, message.text], [3, "new d"]);
  assert.notEqual(message.epoch, epoch);
  assert.deepEqual([messages.waiting, gaps.waiting], [0, 0]);

  // Who comes back with what it had kept is refused, and told why.
  const late = client.subscribe("/stream/log", { from: { offset: offset + 1, epoch } });
  await assert.rejects(within(late.ready, "the refusal"), withCode("epoch-changed"));
  const known = await heard(client, "/stream/log", { from: { offset: 2, epoch: message.epoch } });
  assert.deepEqual(await next(known.messages, 2), [[2, "new c"], [3, "new d"]]);
});

test("a stream that is deleted ends its subscriptions", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  client.on("error", () => {});
  await client.publish("/stream/log", "x");
  const { messages, subscription } = await heard(client, "/stream/log", { from: "first" });
  await messages.next("the message");
  assert.equal((await server.api("DELETE", "/api/queues/%2F/log")).ok, true);
  assert.ok(await within(subscription.ended, "the end"));
});

test("options that cannot be meant are refused at once", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const bad = [
    { from: "begin" },
    { from: {} },
    { from: null },
    { from: 7 },
    { from: { offset: -1 } },
    { from: { offset: 1.5 } },
    { from: { offset: "1" } },
    { from: { timestamp: NaN } },
    { from: { timestamp: -1 } },
    { from: { timestamp: new Date("never") } },
    { filter: [] },
    { filter: "coal" },
    { filter: ["coal,peat"] },
    { filter: [""] },
    { filter: [" coal"] },
    { group: "" },
  ];
  for (const options of bad) {
    assert.throws(() => client.subscribe("/stream/log", options), withCode("invalid-argument"), JSON.stringify(options));
  }
  await assert.rejects(client.publish("/stream/log", "x", { filterValue: "" }), withCode("invalid-argument"));
  assert.deepEqual(client.inspect().subscriptions, []);
  const nameless = client.subscribe("/stream/log", { from: "resume" });
  client.on("error", () => {});
  await assert.rejects(within(nameless.ready, "the refusal"), withCode("precondition-failed"));
  const queue = client.subscribe("/queue/q", { from: "first" });
  await assert.rejects(within(queue.ready, "the refusal"), withCode("precondition-failed"));
});
