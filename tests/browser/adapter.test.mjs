// Pages written for stompjs go on with the adapter: each scenario runs with both.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as stompjs from "@stomp/stompjs";
import { WebSocket } from "ws";
import * as adapter from "../../wasm-client/pkg/stompjs.js";
import { confirmed, connect, GUEST, prepare, publish, subscribe } from "./adapter-support.mjs";
import { Proxy } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

const { ACTIVE, DEACTIVATING, INACTIVE } = stompjs.ActivationState;

/** A test of both. `run` gets the test, the client's module, and a server. */
function scenario(name, run) {
  for (const [label, kit] of [["stompjs", stompjs], ["adapter", adapter]]) {
    test(`${name} (${label})`, async (t) => run(t, kit, await Server.start(t)));
  }
}

scenario("connects, and says to what", async (t, kit, server) => {
  const { client, connected } = await connect(t, kit, server);
  assert.equal(connected.command, "CONNECTED");
  assert.deepEqual([connected.headers.version, connected.headers["user-name"]], ["1.2", "guest"]);
  assert.match(connected.headers.server, /^wharf/i);
  assert.ok(connected.headers.session);
  assert.deepEqual([client.connected, client.active, client.state, client.connectedVersion], [true, true, ACTIVE, "1.2"]);
  assert.equal(client.webSocket.readyState, kit.StompSocketState.OPEN);
});

scenario("uses the environment's WebSocket for a brokerURL", async (t, kit, server) => {
  const { WebSocket: before } = globalThis;
  globalThis.WebSocket = WebSocket;
  t.after(() => (globalThis.WebSocket = before));
  const { client } = await connect(t, kit, server, { brokerURL: server.ws, webSocketFactory: undefined });
  assert.equal((await publish(client, "/topic/nobody", "x")).headers.routed, "0");
});

scenario("can do nothing before it is connected", async (t, kit, server) => {
  const { client } = prepare(t, kit, server);
  assert.deepEqual([client.connected, client.active, client.state, client.connectedVersion], [false, false, INACTIVE, undefined]);
  for (const act of [
    () => client.publish({ destination: "/topic/a", body: "x" }),
    () => client.subscribe("/topic/a", () => {}),
    () => client.unsubscribe("sub-0"),
    () => client.begin(),
    () => client.commit("tx-0"),
    () => client.ack("1", "sub-0"),
    () => client.watchForReceipt("r", () => {}),
  ]) assert.throws(act, (error) => error instanceof TypeError && /no underlying STOMP connection/.test(error.message));
});

scenario("publishes and subscribes, with headers and receipts", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages, subscription } = await subscribe(client, "/topic/greetings.*", { id: "mine" });
  assert.equal(subscription.id, "mine");
  const receipt = await publish(client, "/topic/greetings.all", "grüße: €\n", { "content-type": "text/plain", foo: "a:b\\x\ny" });
  assert.deepEqual([receipt.command, receipt.headers.routed], ["RECEIPT", "1"]);
  const message = await messages.next("the message");
  assert.deepEqual([message.command, message.body, message.isBinaryBody], ["MESSAGE", "grüße: €\n", true]);
  const { subscription: id, destination, foo, "content-type": type } = message.headers;
  assert.deepEqual([id, destination, foo, type], ["mine", "/topic/greetings.all", "a:b\\x\ny", "text/plain"]);
  await publish(client, "/topic/greetings.all", "plain");
  assert.equal((await messages.next("the second message")).headers["content-type"], undefined);
  await confirmed(client, (headers) => subscription.unsubscribe(headers));
  assert.equal((await publish(client, "/topic/greetings.all", "nobody")).headers.routed, "0");
  assert.equal(messages.waiting, 0);
});

scenario("takes and gives octets, and bodies without any", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/queue/octets");
  const octets = Uint8Array.from({ length: 100_000 }, (_, index) => index * 31);
  client.publish({ destination: "/queue/octets", binaryBody: octets });
  assert.deepEqual((await messages.next("the octets")).binaryBody, octets);
  client.publish({ destination: "/queue/octets" });
  const empty = await messages.next("the empty message");
  assert.deepEqual([empty.body, empty.binaryBody.length], ["", 0]);
});

scenario("several subscriptions each get their own", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const [a, b, both] = await Promise.all(["/topic/a", "/topic/b", "/topic/*"].map((destination) => subscribe(client, destination)));
  assert.equal(new Set([a, b, both].map(({ subscription }) => subscription.id)).size, 3);
  await publish(client, "/topic/a", "to a");
  await publish(client, "/topic/b", "to b");
  assert.equal((await a.messages.next("a")).body, "to a");
  const ofB = await b.messages.next("b");
  assert.deepEqual([ofB.body, ofB.headers.subscription], ["to b", b.subscription.id]);
  assert.deepEqual([(await both.messages.next("a")).body, (await both.messages.next("b")).body], ["to a", "to b"]);
  await confirmed(client, (headers) => client.unsubscribe(b.subscription.id, headers));
  await publish(client, "/topic/b", "again");
  assert.equal((await both.messages.next("again")).body, "again");
  assert.equal(b.messages.waiting, 0);
});

scenario("acks and nacks one by one", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/queue/work", { ack: "client-individual", "prefetch-count": "1" });
  await publish(client, "/queue/work", "one");
  await publish(client, "/queue/work", "two");
  const first = await messages.next("the first delivery");
  assert.deepEqual([first.body, first.headers.redelivered], ["one", "false"]);
  first.nack();
  const again = await messages.next("its redelivery");
  assert.deepEqual([again.body, again.headers.redelivered], ["one", "true"]);
  again.ack();
  const second = await messages.next("the second message");
  assert.equal(second.body, "two");
  await confirmed(client, (headers) => second.nack({ requeue: "false", ...headers }));
  assert.equal((await server.queue("work")).messages, 0);
});

scenario("an ack in client mode covers what came before", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/queue/batch", { ack: "client" });
  for (const body of ["1", "2", "3"]) await publish(client, "/queue/batch", body);
  await messages.next("1");
  const second = await messages.next("2");
  await confirmed(client, (headers) => second.ack(headers));
  assert.equal((await server.queue("batch")).messages, 1);
});

scenario("settles messages by their ids", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages, subscription } = await subscribe(client, "/queue/named", { ack: "client-individual" });
  await publish(client, "/queue/named", "x");
  client.nack((await messages.next("the message")).headers.ack, subscription.id);
  const { headers } = await messages.next("it again");
  assert.equal(headers.redelivered, "true");
  await confirmed(client, (receipt) => client.ack(headers.ack, subscription.id, receipt));
  assert.equal((await server.queue("named")).messages, 0);
});

scenario("a transaction happens at its commit", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/queue/in", { ack: "client-individual" });
  await publish(client, "/queue/in", "raw");
  const message = await messages.next("the message");
  const transaction = client.begin();
  const headers = { transaction: transaction.id };
  const sent = publish(client, "/queue/out", message.body.toUpperCase(), headers);
  const acked = confirmed(client, (receipt) => message.ack({ ...headers, ...receipt }));
  await publish(client, "/topic/other", "what was said before is known");
  assert.equal(await server.queue("out"), null);
  transaction.commit();
  assert.equal((await sent).headers.routed, "1");
  await acked;
  assert.deepEqual([(await server.queue("in")).messages, (await server.queue("out")).messages], [0, 1]);
});

scenario("an aborted transaction leaves no trace", async (t, kit, server) => {
  const { client, errors } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/queue/ledger", { ack: "client-individual" });
  await publish(client, "/queue/ledger", "owed");
  const owed = await messages.next("the message");
  const { id } = client.begin("mine: all of it");
  assert.equal(id, "mine: all of it");
  const sent = publish(client, "/queue/ledger", "never", { transaction: id });
  owed.ack({ transaction: id });
  client.abort(id);
  assert.equal((await sent).headers.routed, "0");
  assert.equal((await server.queue("ledger")).messages_unacknowledged, 1);
  await confirmed(client, (receipt) => owed.ack(receipt));
  assert.deepEqual([(await server.queue("ledger")).messages, messages.waiting, errors.waiting], [0, 0, 0]);
});

scenario("tells of receipts that nobody watches", async (t, kit, server) => {
  const receipts = new Arrivals();
  const { client } = await connect(t, kit, server, { onUnhandledReceipt: receipts.push });
  client.publish({ destination: "/topic/a", headers: { receipt: "nobody watches: \\ \n" } });
  assert.equal((await receipts.next("the receipt")).headers["receipt-id"], "nobody watches: \\ \n");
});

scenario("connects again after the server was killed, and the page subscribes again", async (t, kit, server) => {
  const messages = new Arrivals();
  const subscribed = new Arrivals();
  const { client, connects, closes, states } = prepare(t, kit, server, {
    reconnectDelay: 100,
    onConnect() {
      this.subscribe("/topic/news", messages.push, { receipt: "subscribed" });
      this.watchForReceipt("subscribed", subscribed.push);
      connects.push();
    },
  });
  client.activate();
  await subscribed.next("the first subscription");
  await server.kill();
  await eventually("the loss is noticed", () => !client.connected);
  assert.throws(() => client.publish({ destination: "/topic/news" }), TypeError);
  await server.start();
  await subscribed.next("the second subscription");
  await publish(client, "/topic/news", "after the restart");
  assert.equal((await messages.next("a message")).body, "after the restart");
  await publish(client, "/topic/news", "the last");
  assert.equal((await messages.next("the last message")).body, "the last");
  assert.equal(messages.waiting, 0, "each message came once: the first subscription is gone");
  assert.equal((await closes.next("Close")).code, 1006);
  assert.deepEqual([connects.waiting, states], [2, [ACTIVE]]);
});

scenario("tries again with the delays that were asked for", async (t, kit, server) => {
  const attempts = [];
  const port = server.port;
  await server.kill();
  const { client, connects, closes } = prepare(t, kit, { ws: `ws://127.0.0.1:${port}/ws` }, {
    reconnectDelay: 50,
    maxReconnectDelay: 200,
    reconnectTimeMode: kit.ReconnectionTimeMode.EXPONENTIAL,
    beforeConnect: () => void attempts.push(performance.now()),
  });
  client.activate();
  await eventually("six attempts", () => attempts.length >= 6);
  const delays = attempts.slice(1, 6).map((time, index) => time - attempts[index]);
  for (const [index, least] of [50, 100, 200, 200, 200].entries()) assert.ok(delays[index] >= least - 2, `${delays}`);
  assert.ok(closes.waiting >= 5);
  await server.start();
  await connects.next("CONNECTED");
});

scenario("does not try again without a delay", async (t, kit, server) => {
  const { client, closes, connects } = await connect(t, kit, server);
  await server.kill();
  await closes.next("Close");
  await server.start();
  assert.deepEqual([client.active, client.connected, connects.waiting], [true, false, 0]);
});

scenario("asks for fresh headers before each connection", async (t, kit, server) => {
  const passcodes = ["wrong", "guest", "guest"];
  const { client, errors, connects } = prepare(t, kit, server, {
    reconnectDelay: 20,
    connectHeaders: {},
    async beforeConnect(given) {
      await new Promise((resolve) => setImmediate(resolve));
      given.connectHeaders = { login: "guest", passcode: passcodes.shift() };
    },
  });
  client.activate();
  assert.match((await errors.next("ERROR")).headers.message, /password/);
  await connects.next("CONNECTED");
  client.forceDisconnect();
  await connects.next("CONNECTED again");
  assert.deepEqual(passcodes, []);
});

scenario("is told why it is refused", async (t, kit, server) => {
  const { client, errors, closes, connects } = prepare(t, kit, server, { connectHeaders: { ...GUEST, passcode: "wrong" } });
  client.activate();
  const { command, headers } = await errors.next("ERROR");
  assert.deepEqual([command, headers["x-code"]], ["ERROR", "auth-failed"]);
  assert.match(headers.message, /password/);
  await closes.next("Close");
  assert.deepEqual([client.connected, connects.waiting, errors.waiting], [false, 0, 0]);
});

scenario("is told what was wrong with a frame", async (t, kit, server) => {
  const { client, errors } = await connect(t, kit, server);
  client.publish({ destination: "/nowhere", body: "x", headers: { receipt: "lost" } });
  const { headers } = await errors.next("ERROR");
  assert.deepEqual([headers["x-code"], headers["receipt-id"]], ["bad-destination", "lost"]);
});

scenario("is told of a subscription that is refused", async (t, kit, server) => {
  const { client, errors } = await connect(t, kit, server);
  client.subscribe("/amq/queue/none", () => {}, { id: "bad", receipt: "refused" });
  const { headers } = await errors.next("ERROR");
  assert.deepEqual([headers["x-code"], headers["receipt-id"]], ["not-found", "refused"]);
  assert.equal(errors.waiting, 0);
});

scenario("is told when the server goes", async (t, kit, server) => {
  const { client, errors, closes } = await connect(t, kit, server);
  await subscribe(client, "/topic/a");
  await subscribe(client, "/topic/b");
  assert.equal(await server.terminate(), 0);
  assert.equal((await errors.next("ERROR")).headers["x-code"], "draining");
  assert.equal((await closes.next("Close")).code, 1012);
  assert.equal(errors.waiting, 0, "once");
});

scenario("hears of a server that cannot be reached", async (t, kit) => {
  const failures = new Arrivals();
  const { client, closes, errors } = prepare(t, kit, { ws: "ws://127.0.0.1:1/ws" }, { onWebSocketError: failures.push });
  client.activate();
  await failures.next("an error of the socket");
  await closes.next("Close");
  assert.equal(errors.waiting, 0);
});

scenario("gives an attempt up that takes too long", async (t, kit, server) => {
  const proxy = await Proxy.start(t, server);
  proxy.hold("up");
  const { client, closes, connects } = prepare(t, kit, proxy, { connectionTimeout: 100, reconnectDelay: 20 });
  client.activate();
  await closes.next("Close");
  proxy.cut();
  await connects.next("CONNECTED");
});

scenario("agrees on heart-beats, and hears them", async (t, kit, server) => {
  const beats = new Arrivals();
  const lines = [];
  const { connected, closes } = await connect(t, kit, server, {
    heartbeatIncoming: 1000,
    heartbeatOutgoing: 2000,
    onHeartbeatReceived: () => beats.push(),
    debug: (line) => lines.push(line),
  });
  assert.equal(connected.headers["heart-beat"], "1000,2000");
  await beats.next("a heart-beat");
  await beats.next("another");
  assert.ok(lines.includes("<<< PONG"));
  assert.ok(lines.some((line) => line.startsWith(">>> CONNECT\n")) && lines.some((line) => line.startsWith("<<< CONNECTED\n")));
  assert.equal(closes.waiting, 0);
});

scenario("loses a server that falls silent", async (t, kit, server) => {
  const proxy = await Proxy.start(t, server);
  const { closes } = await connect(t, kit, proxy, { heartbeatIncoming: 1000, heartbeatToleranceMultiplier: 2, discardWebsocketOnCommFailure: true });
  proxy.hold("down");
  await closes.next("Close");
});

scenario("deactivates after the server has taken all", async (t, kit, server) => {
  const farewells = new Arrivals();
  const { client, states, closes } = await connect(t, kit, server, { disconnectHeaders: { receipt: "bye" }, onDisconnect: farewells.push });
  for (let number = 0; number < 500; number += 1) client.publish({ destination: "/queue/many", body: String(number) });
  await client.deactivate();
  const { command, headers } = await farewells.next("the last receipt");
  assert.deepEqual([command, headers["receipt-id"]], ["RECEIPT", "bye"]);
  await closes.next("Close");
  assert.deepEqual([client.connected, client.active, states], [false, false, [ACTIVE, DEACTIVATING, INACTIVE]]);
  assert.equal((await server.queue("many")).messages, 500);
  await client.deactivate();
});

scenario("deactivates at once by force, and can be activated again", async (t, kit, server) => {
  const proxy = await Proxy.start(t, server);
  const { client, connects, closes } = await connect(t, kit, proxy);
  proxy.hold("up");
  await within(client.deactivate({ force: true }), "the end");
  await closes.next("Close");
  assert.deepEqual([client.state, client.connected], [INACTIVE, false]);
  proxy.cut();
  client.activate();
  await connects.next("CONNECTED");
});

scenario("is activated again while it is deactivated", async (t, kit, server) => {
  const { client, connects, states } = await connect(t, kit, server);
  const ended = client.deactivate();
  client.activate();
  await ended;
  await connects.next("CONNECTED");
  assert.deepEqual(states, [ACTIVE, DEACTIVATING, INACTIVE, ACTIVE]);
});

scenario("deactivates while it connects, and while it waits", async (t, kit, server) => {
  const { client, connects } = prepare(t, kit, server);
  client.activate();
  await client.deactivate();
  assert.deepEqual([client.state, connects.waiting], [INACTIVE, 0]);
  const waiting = prepare(t, kit, { ws: "ws://127.0.0.1:1/ws" }, { reconnectDelay: 60_000 });
  waiting.client.activate();
  await waiting.closes.next("Close");
  await waiting.client.deactivate();
  assert.equal(waiting.client.state, INACTIVE);
});

scenario("asks and is answered in a temporary queue", async (t, kit, server) => {
  const { client: service } = await connect(t, kit, server);
  const { messages } = await subscribe(service, "/queue/questions");
  const answers = new Arrivals();
  const { client } = await connect(t, kit, server, { onUnhandledMessage: answers.push });
  for (const id of ["first", "second"]) {
    await publish(client, "/queue/questions", "?", { "reply-to": "/temp-queue/answers", "correlation-id": id });
    const { headers } = await messages.next("the question");
    await publish(service, headers["reply-to"], "!", { "correlation-id": headers["correlation-id"] });
    const answer = await answers.next("the answer");
    assert.deepEqual([answer.body, answer.headers.subscription, answer.headers["correlation-id"]], ["!", "/temp-queue/answers", id]);
  }
});

scenario("looks at a queue without taking from it", async (t, kit, server) => {
  const { client } = await connect(t, kit, server);
  for (const body of ["a", "b"]) await publish(client, "/queue/shown", body);
  const { messages } = await subscribe(client, "/queue/shown", { browser: "true" });
  assert.deepEqual([(await messages.next("a")).body, (await messages.next("b")).body], ["a", "b"]);
  assert.equal((await messages.next("the end")).headers.browser, "end");
  assert.equal((await server.queue("shown")).messages, 2);
});

scenario("an acknowledged message needs no answer in mode auto", async (t, kit, server) => {
  const { client, errors } = await connect(t, kit, server);
  const { messages } = await subscribe(client, "/topic/auto");
  await publish(client, "/topic/auto", "x");
  (await messages.next("the message")).ack();
  await publish(client, "/topic/auto", "y");
  assert.equal(errors.waiting, 0);
});
