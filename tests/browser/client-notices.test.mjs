// What the server tells the packed client without being asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { connected, heard, SOON } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

test("a server that goes away says so", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server, { reconnect: SOON });
  client.on("error", () => {});
  const notices = new Arrivals();
  client.on("notice", notices.push);
  assert.equal(client.blocked, false);
  await client.publish("/topic/marks", "the server has read the subscription");
  const ended = server.terminate();
  assert.deepEqual(await notices.next("the notice"), { kind: "draining" });
  await ended;
  await eventually("the loss is noticed", () => client.state !== "connected");
  // It listens again on the next server.
  await server.start();
  await eventually("it is connected again", () => client.state === "connected");
  await within(client.publish("/topic/marks", "the server has read the subscription"), "a publish");
  await server.terminate();
  assert.deepEqual(await notices.next("the notice of the next server"), { kind: "draining" });
});

test("who publishes while the server is short of memory is told, waits, and loses nothing", async (t) => {
  const server = await Server.start(t, { config: "[limits]\nmemory = 400000\n" });
  const client = await connected(t, server);
  const consumer = await connected(t, server);
  const notices = new Arrivals();
  client.on("notice", notices.push);
  const publishes = Array.from({ length: 10 }, (_, number) => client.publish("/queue/full", `${number}`.padEnd(50_000)));
  const blocked = await notices.next("blocked");
  assert.deepEqual([blocked, client.blocked], [{ kind: "blocked", reason: "memory" }, true]);
  const { messages } = await heard(consumer, "/queue/full");
  assert.deepEqual(await notices.next("unblocked"), { kind: "unblocked" });
  assert.equal(client.blocked, false);
  await within(Promise.all(publishes), "all confirmations");
  for (const number of publishes.keys()) assert.equal(Number((await messages.next("a message")).text), number);
});

test("a subscription that loses messages is named, with how many", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const publisher = await connected(t, server);
  const notices = new Arrivals();
  client.on("notice", notices.push);
  const headers = { "activemq.maximumPendingMessageLimit": "2" };
  const { messages, subscription } = await heard(client, "/topic/fast", { credit: 0, headers });
  for (const body of ["1", "2", "3", "4", "5"]) await publisher.publish("/topic/fast", body);
  subscription.grant(10);
  assert.deepEqual([(await messages.next("4")).text, (await messages.next("5")).text], ["4", "5"]);
  let missing = 0;
  while (missing < 3) {
    const notice = await notices.next("dropped");
    assert.deepEqual([notice.kind, notice.subscription], ["dropped", subscription]);
    missing += notice.count;
  }
  assert.equal(missing, 3);
});

test("who stops listening costs the server nothing more", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const stop = client.on("notice", () => {});
  stop();
  const again = client.on("notice", () => {});
  await client.publish("/topic/marks", "the server has read all that");
  again();
  const { messages } = await heard(client, "/topic/others");
  await client.publish("/topic/others", "x");
  assert.equal((await messages.next("a message")).text, "x");
});

/** A server of one client that is told what to say, and tells what it hears: frames as texts. */
async function scripted(t, connectedHeaders = "x-soft-errors:true\n") {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] });
  t.after(() => sockets.close());
  await within(new Promise((resolve) => sockets.once("listening", resolve)), "it listens");
  const frames = new Arrivals();
  let current;
  sockets.on("connection", (socket) => {
    current = socket;
    socket.on("message", (octets) => {
      for (const frame of String(octets).split(/(?<=\0)/)) {
        const receipt = /^receipt:(.*)$/m.exec(frame)?.[1];
        if (frame.startsWith("CONNECT")) socket.send(`CONNECTED\nversion:1.2\n${connectedHeaders}\n\0`);
        else frames.push(frame);
        if (receipt) socket.send(`RECEIPT\nreceipt-id:${receipt}\n\n\0`);
      }
    });
  });
  const say = (kind, body, subscription) =>
    current.send(`MESSAGE\nsubscription:${subscription}\nmessage-id:1\ndestination:/control/notices\nnotice:${kind}\n\n${JSON.stringify(body)}\0`);
  return { ws: `ws://127.0.0.1:${sockets.address().port}/`, frames, say, cut: () => current.terminate() };
}

const id = (frame) => /^id:(.*)$/m.exec(frame)[1];

test("a client that listens subscribes to the notices, and knows whether it is blocked", async (t) => {
  const server = await scripted(t);
  const client = await connected(t, server, { reconnect: SOON });
  client.on("error", () => {});
  const slow = client.subscribe("/topic/fast");
  const other = id(await server.frames.next("the subscription"));
  const notices = new Arrivals();
  const stop = client.on("notice", notices.push);
  client.on("notice", () => {});
  const subscribe = await server.frames.next("the subscription to the notices");
  assert.match(subscribe, /^SUBSCRIBE\n(.*\n)*destination:\/control\/notices\n/);

  server.say("blocked", { notice: "blocked", reason: "memory" }, id(subscribe));
  assert.deepEqual(await notices.next("blocked"), { kind: "blocked", reason: "memory" });
  assert.equal(client.blocked, true);
  server.say("unblocked", { notice: "unblocked" }, id(subscribe));
  assert.deepEqual(await notices.next("unblocked"), { kind: "unblocked" });
  assert.equal(client.blocked, false);
  server.say("dropped", { notice: "dropped", subscription: other, count: 3 }, id(subscribe));
  const dropped = await notices.next("dropped");
  assert.deepEqual([dropped.kind, dropped.count], ["dropped", 3]);
  assert.equal(dropped.subscription, slow);
  server.say("of the future", {}, id(subscribe));

  server.say("blocked", {}, id(subscribe));
  assert.deepEqual(await notices.next("blocked again"), { kind: "blocked", reason: undefined });
  stop();
  server.cut();
  await server.frames.next("the subscription, restored");
  assert.equal(id(await server.frames.next("the notices, restored")), id(subscribe));
  assert.equal(client.blocked, false);
});

test("a server that does not know soft errors is not asked for notices", async (t) => {
  const server = await scripted(t, "");
  const client = await connected(t, server);
  client.on("notice", () => {});
  await client.publish("/topic/a", "x");
  assert.match(await server.frames.next("the publish"), /^SEND\n/);
  assert.equal(server.frames.waiting, 0);
});
