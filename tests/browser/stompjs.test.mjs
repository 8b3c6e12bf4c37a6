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

test("a transaction happens at COMMIT and not before", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/ledger");
  const transaction = client.begin();
  const headers = { transaction: transaction.id };
  const receipts = ["one", "two"].map((body) => publish(client, "/queue/ledger", body, headers));
  await publish(client, "/queue/ledger", "outside");
  assert.equal((await messages.next("what is outside")).body, "outside");
  transaction.commit();
  for (const { headers } of await Promise.all(receipts)) assert.equal(headers.routed, "1");
  assert.equal((await messages.next("the first of the transaction")).body, "one");
  assert.equal((await messages.next("the second of the transaction")).body, "two");
});

test("an aborted transaction leaves no trace", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/ledger", { ack: "client-individual" });
  await publish(client, "/queue/ledger", "owed");
  const owed = await messages.next("the message");
  const transaction = client.begin("mine: all of it");
  const headers = { transaction: transaction.id };
  const sent = publish(client, "/queue/ledger", "never", headers);
  owed.ack(headers);
  transaction.abort();
  assert.equal((await sent).headers.routed, "0");
  assert.equal((await server.queue("ledger")).messages_unacknowledged, 1);
  await confirmed(client, (receipt) => owed.ack(receipt));
  assert.equal((await server.queue("ledger")).messages, 0);
  assert.equal(messages.waiting, 0);
});

test("a transaction takes one message and sends another", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/in", { ack: "client-individual" });
  await publish(client, "/queue/in", "raw");
  const message = await messages.next("the message");
  const transaction = client.begin();
  const sent = publish(client, "/queue/out", message.body.toUpperCase(), { transaction: transaction.id });
  const acked = confirmed(client, (receipt) => message.ack({ transaction: transaction.id, ...receipt }));
  transaction.commit();
  await Promise.all([sent, acked]);
  assert.equal((await server.queue("in")).messages, 0);
  assert.equal((await server.queue("out")).messages, 1);
});

test("what a lost connection has not committed or acked is as before", async (t) => {
  const server = await Server.start(t);
  const lost = await connect(t, server);
  const { messages } = await subscribe(lost.client, "/queue/held", { ack: "client-individual" });
  await publish(lost.client, "/queue/held", "held");
  const held = await messages.next("the first delivery");
  const transaction = lost.client.begin();
  const headers = { transaction: transaction.id };
  held.ack(headers);
  lost.client.publish({ destination: "/queue/held", body: "never", headers });
  // Whatever was said before this is known to the server.
  await publish(lost.client, "/queue/others", "x");
  await lost.client.deactivate({ force: true });

  const { client } = await connect(t, server);
  const again = await subscribe(client, "/queue/held");
  const message = await again.messages.next("its redelivery");
  assert.deepEqual([message.body, message.headers.redelivered], ["held", "true"]);
  await publish(client, "/queue/held", "last");
  assert.equal((await again.messages.next("what comes after it")).body, "last");
});

test("acks and nacks in client mode cover what came before", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, server);
  const { messages } = await subscribe(client, "/queue/batch", { ack: "client" });
  for (const body of ["1", "2", "3", "4"]) await publish(client, "/queue/batch", body);
  await messages.next("1");
  await confirmed(client, (receipt) => messages.next("2").then((second) => second.ack(receipt)));
  assert.equal((await server.queue("batch")).messages, 2);
  await messages.next("3");
  (await messages.next("4")).nack();
  for (const body of ["3", "4"]) {
    const { headers, body: again } = await messages.next(`${body} again`);
    assert.deepEqual([again, headers.redelivered], [body, "true"]);
  }
});

test("confirms every kind of frame, and DISCONNECT last", async (t) => {
  const server = await Server.start(t);
  const unhandled = new Arrivals();
  const { client } = await connect(t, server, { onUnhandledReceipt: (frame) => unhandled.push(frame.headers["receipt-id"]) });
  const { messages, subscription } = await subscribe(client, "/queue/all", { ack: "client-individual" });
  await publish(client, "/queue/all", "x");
  const message = await messages.next("the message");
  await confirmed(client, (receipt) => message.nack(receipt));
  const again = await messages.next("it again");
  await confirmed(client, (receipt) => again.ack(receipt));
  await confirmed(client, (receipt) => subscription.unsubscribe(receipt));
  client.publish({ destination: "/queue/all", headers: { receipt: "nobody watches: \\ \n" } });
  assert.equal(await unhandled.next("a receipt that nobody watches"), "nobody watches: \\ \n");
  const disconnected = new Arrivals();
  client.onDisconnect = disconnected.push;
  client.disconnectHeaders = { receipt: "bye" };
  await client.deactivate();
  assert.equal((await disconnected.next("the last receipt")).command, "RECEIPT");
});

test("keeps headers as they are in every version", async (t) => {
  const server = await Server.start(t);
  const plain = { sign: "a=b;c", "grüße": "€ “日本” \u{1f44b}", inner: "two  spaces", empty: "" };
  const escaped = { colon: "a:b\\d", lines: "one\ntwo\r\nthree" };
  for (const version of [Versions.V1_0, Versions.V1_1, Versions.V1_2]) {
    const { client } = await connect(t, server, { stompVersions: new Versions([version]) });
    const { messages } = await subscribe(client, "/topic/headers");
    // stompjs escapes in 1.2 alone.
    const headers = version === Versions.V1_2 ? { ...plain, ...escaped } : plain;
    await publish(client, "/topic/headers", "", headers);
    const message = await messages.next("the message");
    for (const [name, value] of Object.entries(headers)) assert.equal(message.headers[name], value, `${name} in ${version}`);
    await client.deactivate();
  }
});

test("takes bodies of every kind, in frames of either type", async (t) => {
  const server = await Server.start(t);
  const kinds = [{}, { forceBinaryWSFrames: true }];
  for (const [number, options] of kinds.entries()) {
    const { client } = await connect(t, server, options);
    const { messages } = await subscribe(client, `/topic/bodies-${number}`);
    const give = async (body) => {
      await confirmed(client, (headers) => client.publish({ destination: `/topic/bodies-${number}`, headers, ...body }));
      return messages.next("the body");
    };
    assert.equal((await give({ body: "" })).body, "");
    assert.equal((await give({ body: "with a NUL \0 inside" })).body, "with a NUL \0 inside");
    assert.equal((await give({ body: "without a length", skipContentLengthHeader: true })).body, "without a length");
    const octets = Uint8Array.from({ length: 100_000 }, (_, index) => index * 31);
    assert.deepEqual((await give({ binaryBody: octets })).binaryBody, octets);
  }
});

test("asks and is answered in a temporary queue", async (t) => {
  const server = await Server.start(t);
  const { client: service } = await connect(t, server);
  const questions = await subscribe(service, "/queue/questions");
  const askers = [];
  for (const name of ["first", "second"]) {
    const answers = new Arrivals();
    const { client } = await connect(t, server, { onUnhandledMessage: answers.push });
    await publish(client, "/queue/questions", name, { "reply-to": "/temp-queue/answers", "correlation-id": name });
    askers.push({ name, answers });
  }
  for (const { name, answers } of askers) {
    const { body, headers } = await questions.messages.next("the question");
    assert.equal(headers["correlation-id"], name);
    assert.match(headers["reply-to"], /^\/reply-queue\//);
    await publish(service, headers["reply-to"], `to ${body}`, { "correlation-id": headers["correlation-id"] });
    const answer = await answers.next("the answer");
    assert.deepEqual([answer.body, answer.headers.subscription], [`to ${name}`, "/temp-queue/answers"]);
  }
});

test("logs in to a vhost by its name", async (t) => {
  const server = await Server.start(t);
  const login = { login: "guest", passcode: "guest" };
  const { client } = await connect(t, server, { connectHeaders: { ...login, host: "/" } });
  await publish(client, "/topic/here", "x");
  await assert.rejects(connect(t, server, { connectHeaders: { ...login, host: "nowhere" } }), (error) => error.message !== "");
});

test("a refused SUBSCRIBE ends the connection, and the next one has the others again", async (t) => {
  const server = await Server.start(t);
  const messages = new Arrivals();
  const subscribed = new Arrivals();
  const { client } = await connect(t, server, {
    reconnectDelay: 20,
    onConnect() {
      this.subscribe("/topic/others", messages.push, { receipt: "others" });
      this.watchForReceipt("others", subscribed.push);
    },
  });
  await subscribed.next("the subscription");
  const errors = new Arrivals();
  client.onStompError = errors.push;
  client.subscribe("/amq/queue/none", () => {}, { id: "bad", receipt: "refused" });
  const { headers } = await errors.next("ERROR");
  assert.deepEqual([headers["x-code"], headers["receipt-id"], headers["x-fatal"]], ["not-found", "refused", undefined]);
  await subscribed.next("the subscription of the next connection");
  await publish(client, "/topic/others", "goes on");
  assert.equal((await messages.next("a message")).body, "goes on");
});

test("with soft errors a refused SUBSCRIBE costs nothing else", async (t) => {
  const server = await Server.start(t);
  const closed = new Arrivals();
  const connectHeaders = { login: "guest", passcode: "guest", "x-soft-errors": "true" };
  const { client, connected } = await connect(t, server, { connectHeaders, onWebSocketClose: closed.push });
  assert.equal(connected.headers["x-soft-errors"], "true");
  const errors = new Arrivals();
  client.onStompError = ({ headers }) => errors.push([headers["x-code"], headers["x-fatal"], headers.subscription, headers["receipt-id"]]);
  const { messages } = await subscribe(client, "/topic/others");
  client.subscribe("/amq/queue/none", () => {}, { id: "bad", receipt: "refused" });
  assert.deepEqual(await errors.next("ERROR"), ["not-found", "false", "bad", "refused"]);
  client.publish({ destination: "/nowhere", body: "x", headers: { receipt: "lost" } });
  assert.deepEqual(await errors.next("ERROR"), ["bad-destination", "false", undefined, "lost"]);
  client.ack("nothing of the kind", "sub-0", { receipt: "unknown" });
  assert.deepEqual((await errors.next("ERROR")).slice(0, 2), ["unknown-message", "false"]);
  await publish(client, "/topic/others", "goes on");
  assert.equal((await messages.next("a message")).body, "goes on");
  assert.equal(closed.waiting, 0);
  // What cannot be mended ends it all the same.
  client.commit("no such transaction");
  assert.deepEqual((await errors.next("ERROR")).slice(0, 2), ["protocol", "true"]);
  await closed.next("Close");
});
