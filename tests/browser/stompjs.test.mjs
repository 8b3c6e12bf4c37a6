// @stomp/stompjs, the client that pages use against other brokers: only the address changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, Versions } from "@stomp/stompjs";
import { WebSocket } from "ws";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

/** An activated client, logged in, and ended with the test. */
async function connect(t, server, options = {}) {
  const client = new Client({
    webSocketFactory: () => new WebSocket(server.ws, (options.stompVersions ?? Versions.default).protocolVersions()),
    connectHeaders: { login: "guest", passcode: "guest" },
    reconnectDelay: 0,
    ...options,
  });
  t.after(() => client.deactivate({ force: true }));
  const connected = new Promise((resolve, reject) => {
    const { onConnect } = client;
    client.onConnect = (frame) => {
      onConnect.call(client, frame);
      resolve(frame);
    };
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
  });
  client.activate();
  const frame = await within(connected, "CONNECTED");
  return { client, connected: frame };
}

let receipts = 0;

/** Calls `act` with a receipt header and waits for the receipt. */
async function confirmed(client, act) {
  const receipt = `receipt-${++receipts}`;
  const done = new Promise((resolve) => client.watchForReceipt(receipt, resolve));
  act({ receipt });
  return within(done, "a receipt");
}

function subscribe(client, destination, headers = {}) {
  const messages = new Arrivals();
  let subscription;
  const ready = confirmed(client, (receipt) => {
    subscription = client.subscribe(destination, messages.push, { ...headers, ...receipt });
  });
  return ready.then(() => ({ messages, subscription }));
}

const publish = (client, destination, body, headers = {}) =>
  confirmed(client, (receipt) => client.publish({ destination, body, headers: { ...headers, ...receipt } }));

test("publishes and subscribes, with receipts", async (t) => {
  const server = await Server.start(t);
  const { client, connected } = await connect(t, server);
  assert.equal(connected.headers.version, "1.2");
  assert.equal(connected.headers["user-name"], "guest");
  const { messages, subscription } = await subscribe(client, "/topic/greetings.*");
  const receipt = await publish(client, "/topic/greetings.all", "grüße: €\n", { "content-type": "text/plain", foo: "a:b\\x\ny" });
  assert.equal(receipt.headers.routed, "1");
  const message = await messages.next("the message");
  assert.equal(message.body, "grüße: €\n");
  assert.equal(message.headers["content-type"], "text/plain");
  assert.equal(message.headers.foo, "a:b\\x\ny");
  assert.equal(message.headers.destination, "/topic/greetings.all");
  await confirmed(client, (headers) => subscription.unsubscribe(headers));
  assert.equal((await publish(client, "/topic/greetings.all", "nobody")).headers.routed, "0");
  await client.deactivate();
});

test("takes and gives octets", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/octets");
  const octets = Uint8Array.from({ length: 256 }, (_, index) => index);
  await confirmed(client, (headers) => client.publish({ destination: "/queue/octets", binaryBody: octets, headers }));
  assert.deepEqual((await messages.next("the octets")).binaryBody, octets);
});

test("speaks every version", async (t) => {
  const server = await Server.start(t);
  for (const version of [Versions.V1_0, Versions.V1_1, Versions.V1_2]) {
    const { client, connected } = await connect(t, server, { stompVersions: new Versions([version]) });
    assert.equal(connected.headers.version, version);
    const { messages } = await subscribe(client, `/queue/versions-${version}`, { ack: "client" });
    await publish(client, `/queue/versions-${version}`, version);
    const message = await messages.next("the message");
    assert.equal(message.body, version);
    await confirmed(client, (headers) => message.ack(headers));
    assert.equal((await server.queue(`versions-${version}`)).messages, 0);
  }
});

test("acks and nacks", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/work", { ack: "client-individual", "prefetch-count": "1" });
  await publish(client, "/queue/work", "one");
  await publish(client, "/queue/work", "two");
  const first = await messages.next("the first delivery");
  assert.deepEqual([first.body, first.headers.redelivered], ["one", "false"]);
  first.nack();
  const again = await messages.next("its redelivery");
  assert.deepEqual([again.body, again.headers.redelivered, again.headers["delivery-count"]], ["one", "true", "2"]);
  again.ack();
  const second = await messages.next("the second message");
  assert.equal(second.body, "two");
  await confirmed(client, (headers) => second.nack({ requeue: "false", ...headers }));
  assert.equal((await server.queue("work")).messages, 0);
});

test("splits a large frame over WebSocket messages", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server, { splitLargeFrames: true, maxWebSocketChunkSize: 1000 });
  const { messages } = await subscribe(client, "/topic/large");
  const body = "ü€x".repeat(50_000);
  await publish(client, "/topic/large", body);
  assert.equal((await messages.next("the large message")).body, body);
});

test("stays connected by heart-beats", async (t) => {
  const server = await Server.start(t);
  const beats = new Arrivals();
  const closed = new Arrivals();
  const { client, connected } = await connect(t, server, {
    heartbeatIncoming: 1000,
    heartbeatOutgoing: 1000,
    debug: (line) => line === "<<< PONG" && beats.push(line),
    onWebSocketClose: closed.push,
  });
  assert.equal(connected.headers["heart-beat"], "1000,1000");
  // The server's beats come twice a second: these are as long as twice the time that it gives a silent client.
  for (let beat = 0; beat < 8; beat += 1) await beats.next("a heart-beat of the server");
  assert.equal(closed.waiting, 0);
  await publish(client, "/topic/alive", "yes");
});

test("is told why it is refused", async (t) => {
  const server = await Server.start(t);
  const closed = new Arrivals();
  const wrong = connect(t, server, { connectHeaders: { login: "guest", passcode: "wrong" }, onWebSocketClose: closed.push });
  await assert.rejects(wrong, /password/);
  assert.equal((await closed.next("Close")).code, 1008);

  const { client } = await connect(t, server, { onWebSocketClose: closed.push });
  const errors = new Arrivals();
  client.onStompError = errors.push;
  client.publish({ destination: "/nowhere", body: "x", headers: { receipt: "lost" } });
  const error = await errors.next("ERROR");
  assert.equal(error.headers["x-code"], "bad-destination");
  assert.equal(error.headers["receipt-id"], "lost");
  assert.equal((await closed.next("Close")).code, 1002);
});

test("connects again after the server was killed", async (t) => {
  const server = await Server.start(t);
  const messages = new Arrivals();
  const connections = new Arrivals();
  const { client } = await connect(t, server, {
    reconnectDelay: 100,
    onConnect() {
      this.subscribe("/topic/news", messages.push, { receipt: "subscribed" });
      this.watchForReceipt("subscribed", connections.push);
    },
  });
  await connections.next("the first subscription");
  await server.kill();
  await eventually("the loss is noticed", () => !client.connected);
  await server.start();
  await connections.next("the second subscription");
  await publish(client, "/topic/news", "after the restart");
  assert.equal((await messages.next("a message after the restart")).body, "after the restart");
});

test("is told when the server goes", async (t) => {
  const server = await Server.start(t);
  const closed = new Arrivals();
  const errors = new Arrivals();
  const { client } = await connect(t, server, { onWebSocketClose: closed.push });
  client.onStompError = errors.push;
  await subscribe(client, "/topic/a");
  assert.equal(await server.terminate(), 0);
  assert.equal((await errors.next("ERROR")).headers["x-code"], "draining");
  assert.equal((await closed.next("Close")).code, 1012);
});
