// webstomp-client: the older client of many pages. It leaves escaping to the page and knows no octets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import webstomp from "webstomp-client";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

const GUEST = { login: "guest", passcode: "guest", host: "/" };
const { V1_0, V1_1, V1_2 } = webstomp.VERSIONS;
const PROTOCOLS = { [V1_0]: "v10.stomp", [V1_1]: "v11.stomp", [V1_2]: "v12.stomp" };

/** A client that has tried to log in. `errors` gets its ERROR frames and the end of its connection. */
function tried(t, server, { version = V1_2, headers = {}, ...options } = {}) {
  const protocols = [PROTOCOLS[version]];
  const socket = new WebSocket(server.ws, protocols);
  const client = webstomp.over(socket, { debug: false, heartbeat: false, protocols, ...options });
  t.after(() => socket.terminate());
  const errors = new Arrivals();
  const receipts = new Arrivals();
  client.onreceipt = (frame) => receipts.push(frame.headers["receipt-id"]);
  const connected = new Promise((resolve) => client.connect({ ...GUEST, ...headers }, resolve, errors.push));
  return { client, connected, errors, receipts, socket };
}

async function connect(t, server, options) {
  const all = tried(t, server, options);
  return { ...all, connected: await within(all.connected, "CONNECTED") };
}

/** Subscribes; resolves when the server has confirmed it. */
async function subscribe({ client, receipts }, destination, headers = {}) {
  const messages = new Arrivals();
  const subscription = client.subscribe(destination, messages.push, { ...headers, receipt: `subscribed to ${destination}` });
  assert.equal(await receipts.next("a receipt"), `subscribed to ${destination}`);
  return { messages, subscription };
}

async function send({ client, receipts }, destination, body, headers = {}) {
  client.send(destination, body, { ...headers, receipt: "sent" });
  assert.equal(await receipts.next("a receipt"), "sent");
}

test("talks over topics in every version and in frames of either type", async (t) => {
  const server = await Server.start(t);
  for (const version of [V1_0, V1_1, V1_2]) {
    for (const binary of [false, true]) {
      const link = await connect(t, server, { version, binary });
      assert.equal(link.connected.headers.version, version);
      const { messages, subscription } = await subscribe(link, "/topic/talk.*");
      await send(link, "/topic/talk.all", "grüße: €\n\u{1f44b}", { "content-type": "text/plain", "grüße": "€ “日本”" });
      const { body, headers } = await messages.next("the message");
      assert.equal(body, "grüße: €\n\u{1f44b}");
      assert.deepEqual([headers["content-type"], headers["grüße"]], ["text/plain", "€ “日本”"]);
      subscription.unsubscribe({ receipt: "left" });
      assert.equal(await link.receipts.next("a receipt"), "left");
      await send(link, "/topic/talk.all", "nobody");
      assert.equal(messages.waiting, 0);
    }
  }
});

test("passes on the escapes that a page makes", async (t) => {
  const server = await Server.start(t);
  const link = await connect(t, server);
  const { messages } = await subscribe(link, "/topic/escapes");
  await send(link, "/topic/escapes", "", { "a\\cb": "c\\\\d\\ne\\rf", sign: "a=b;c" });
  const { headers } = await messages.next("the message");
  assert.deepEqual([headers["a\\cb"], headers.sign], ["c\\\\d\\ne\\rf", "a=b;c"]);
});

test("splits a large frame over WebSocket messages", async (t) => {
  const server = await Server.start(t);
  const link = await connect(t, server);
  const { messages } = await subscribe(link, "/queue/large");
  const body = "ü€x".repeat(50_000);
  await send(link, "/queue/large", body);
  assert.equal((await messages.next("the large message")).body, body);
});

test("acks and nacks one by one", async (t) => {
  const server = await Server.start(t);
  for (const version of [V1_1, V1_2]) {
    const link = await connect(t, server, { version });
    const queue = `/queue/single-${version}`;
    const { messages } = await subscribe(link, queue, { ack: "client-individual", "prefetch-count": "1" });
    await send(link, queue, "one");
    await send(link, queue, "two");
    (await messages.next("the first delivery")).nack({ receipt: "nacked" });
    assert.equal(await link.receipts.next("a receipt"), "nacked");
    const again = await messages.next("its redelivery");
    assert.deepEqual([again.body, again.headers.redelivered], ["one", "true"]);
    again.ack();
    const second = await messages.next("the second message");
    second.nack({ requeue: "false" });
    await send(link, queue, "three");
    assert.equal((await messages.next("what is left")).body, "three");
  }
});

test("acks all that came before", async (t) => {
  const server = await Server.start(t);
  for (const version of [V1_0, V1_1, V1_2]) {
    const link = await connect(t, server, { version });
    const queue = `/queue/several-${version}`;
    const { messages, subscription } = await subscribe(link, queue, { ack: "client" });
    for (const body of ["1", "2", "3"]) await send(link, queue, body);
    await messages.next("1");
    (await messages.next("2")).ack({ receipt: "acked" });
    assert.equal(await link.receipts.next("a receipt"), "acked");
    await messages.next("3");
    subscription.unsubscribe();
    // What was not acked goes back when its connection ends.
    link.socket.terminate();
    const rest = await subscribe(await connect(t, server, { version }), queue);
    assert.equal((await rest.messages.next("what was not acked")).body, "3");
  }
});

test("commits and aborts", async (t) => {
  const server = await Server.start(t);
  for (const version of [V1_0, V1_1, V1_2]) {
    const link = await connect(t, server, { version });
    const queue = `/queue/ledger-${version}`;
    const { messages } = await subscribe(link, queue, { ack: "client" });
    const aborted = link.client.begin();
    const committed = link.client.begin(`by name ${version}`);
    link.client.send(queue, "never", { transaction: aborted.id });
    link.client.send(queue, "one", { transaction: committed.id });
    link.client.send(queue, "two", { transaction: committed.id });
    aborted.abort();
    await send(link, queue, "outside");
    const outside = await messages.next("what is outside");
    assert.equal(outside.body, "outside");
    outside.ack({ transaction: committed.id });
    committed.commit();
    for (const body of ["one", "two"]) assert.equal((await messages.next(body)).body, body);
  }
});

test("is answered in a temporary queue", async (t) => {
  const server = await Server.start(t);
  const service = await connect(t, server);
  const { messages: questions } = await subscribe(service, "/queue/questions");
  const asker = await connect(t, server);
  const answers = new Arrivals();
  asker.client.onreceive = answers.push;
  asker.client.send("/queue/questions", "why?", { "reply-to": "/temp-queue/answers", "correlation-id": "1" });
  const { headers } = await questions.next("the question");
  service.client.send(headers["reply-to"], "because", { "correlation-id": headers["correlation-id"] });
  const answer = await answers.next("the answer");
  assert.deepEqual([answer.body, answer.headers["correlation-id"]], ["because", "1"]);
});

test("stays connected by heart-beats", async (t) => {
  const server = await Server.start(t);
  const link = await connect(t, server, { heartbeat: { outgoing: 1000, incoming: 1000 } });
  const beats = new Arrivals();
  link.socket.on("message", (data) => String(data) === "\n" && beats.push(data));
  // As long as the server waits for a silent client, and more than the client waits for a silent server.
  for (let beat = 0; beat < 6; beat += 1) await beats.next("a heart-beat of the server");
  assert.equal(link.errors.waiting, 0);
  await send(link, "/topic/alive", "yes");
});

test("leaves with DISCONNECT", async (t) => {
  const server = await Server.start(t);
  const link = await connect(t, server);
  const codes = new Arrivals();
  link.socket.once("close", codes.push);
  link.client.disconnect(() => {}, { receipt: "bye" });
  await codes.next("Close");
  assert.equal(link.errors.waiting, 0);
});

test("is told why it is refused", async (t) => {
  const server = await Server.start(t);
  for (const headers of [{ passcode: "wrong" }, { host: "nowhere" }]) {
    const { errors } = tried(t, server, { headers });
    const refused = await errors.next("ERROR");
    assert.equal(refused.command, "ERROR");
    assert.ok(refused.headers.message.length > 0);
    assert.equal((await errors.next("the end")).type, "close");
  }
  const { client, errors } = await connect(t, server);
  client.send("/nowhere/at/all", "x", { receipt: "lost" });
  const error = await errors.next("ERROR");
  assert.equal(error.command, "ERROR");
  assert.deepEqual([error.headers["x-code"], error.headers["receipt-id"]], ["bad-destination", "lost"]);
  assert.equal((await errors.next("the end")).type, "close");
  await eventually("the client knows", () => !client.connected);
});
