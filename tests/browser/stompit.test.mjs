// stompit: STOMP over TCP from Node, with streams for bodies.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import stompit from "stompit";
import { Arrivals, within } from "./harness.mjs";
import { stompPort } from "./stompit-server.mjs";

const GUEST = { host: "/", login: "guest", passcode: "guest" };
const VERSIONS = ["1.0", "1.1", "1.2"];

/** Calls what ends with a Node callback. */
const called = (act, what) => within(new Promise((resolve, reject) => {
  act((error, value) => (error ? reject(error) : resolve(value)));
}), what);

const options = (port, { headers = {}, ...rest } = {}) =>
  ({ host: "127.0.0.1", port, connectHeaders: { ...GUEST, ...headers }, ...rest });

/** A client that is logged in, and destroyed with the test. */
async function connect(t, port, settings) {
  return called((done) => {
    const client = stompit.connect(options(port, settings), done);
    client.on("error", () => {}); // the server of a test that is over goes first
    for (const event of ["socket-connect", "connect"]) client.once(event, () => queueMicrotask(() => readErrors(client)));
    t.after(() => client.destroy());
  }, "CONNECTED");
}

/** Reads ERROR frames in its place: stompit's own reader gives one with a text to nobody, and the process ends of it. */
function readErrors(client) {
  client.setCommandHandler("ERROR", async (frame) => {
    const error = client.createApplicationError(frame.headers.message);
    client.destroy(Object.assign(error, { headers: frame.headers, text: String(await buffer(frame)) }));
  });
}

/** Sends a body, and waits for the receipt. */
function send(client, destination, body, headers = {}) {
  const content = Buffer.from(body);
  const framed = { destination, "content-length": content.length, ...headers };
  return within(new Promise((resolve) => client.send(framed, { onReceipt: resolve }).end(content)), "a receipt");
}

/** What a subscription brings: frames with `content`, the octets of their body. */
function subscribe(client, destination, headers = {}) {
  const messages = new Arrivals();
  const subscription = client.subscribe({ destination, ...headers }, async (error, frame) => {
    if (error) return; // the client tells of it itself
    const content = await buffer(frame);
    messages.push(Object.assign(frame, { content, text: content.toString() }));
  });
  return { messages, subscription };
}

const confirmed = (act) => within(new Promise((resolve) => act({ onReceipt: resolve })), "a receipt");

test("talks over topics in every version", async (t) => {
  const port = await stompPort(t);
  for (const version of VERSIONS) {
    const client = await connect(t, port, { headers: { "accept-version": version } });
    assert.equal(client.headers.version ?? "1.0", version);
    const { messages, subscription } = subscribe(client, "/topic/talk.*");
    const headers = { sign: "a=b;c", "grüße": "€ “日本” \u{1f44b}", "content-type": "text/plain" };
    if (version !== "1.0") Object.assign(headers, { "a:b": "c:d\\e\nf" });
    if (version === "1.2") Object.assign(headers, { lines: "one\r\ntwo" });
    await send(client, "/topic/talk.all", "grüße: €\n", headers);
    const message = await messages.next("the message");
    assert.equal(message.text, "grüße: €\n");
    for (const [name, value] of Object.entries(headers)) assert.equal(message.headers[name], value, `${name} in ${version}`);
    subscription.unsubscribe();
    await send(client, "/topic/talk.all", "nobody");
    assert.equal(messages.waiting, 0);
    await called((done) => client.disconnect(done), "the last receipt");
  }
});

test("takes and gives octets, as streams", async (t) => {
  const port = await stompPort(t);
  const client = await connect(t, port);
  const { messages } = subscribe(client, "/queue/octets");
  const octets = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => index * 31));
  const receipt = new Arrivals();
  const frame = client.send({ destination: "/queue/octets", "content-length": octets.length }, { onReceipt: () => receipt.push(true) });
  for (let at = 0; at < octets.length; at += 70_001) frame.write(octets.subarray(at, at + 70_001));
  frame.end();
  await receipt.next("a receipt");
  assert.ok((await messages.next("the octets")).content.equals(octets));
  client.sendString({ destination: "/queue/octets" }, "without a length");
  assert.equal((await messages.next("the text")).text, "without a length");
});

test("acks and nacks one by one in every version", async (t) => {
  const port = await stompPort(t);
  for (const version of ["1.1", "1.2"]) {
    const client = await connect(t, port, { headers: { "accept-version": version } });
    const queue = `/queue/single-${version}`;
    const { messages } = subscribe(client, queue, { ack: "client-individual", "prefetch-count": 1 });
    await send(client, queue, "one");
    await send(client, queue, "two");
    const first = await messages.next("the first delivery");
    await confirmed((receipt) => client.nack(first, {}, receipt));
    const again = await messages.next("its redelivery");
    assert.deepEqual([again.text, again.headers.redelivered], ["one", "true"]);
    client.ack(again);
    const second = await messages.next("the second message");
    await confirmed((receipt) => client.nack(second, { requeue: "false" }, receipt));
    await send(client, queue, "three");
    assert.equal((await messages.next("what is left")).text, "three");
  }
});

test("acks all that came before", async (t) => {
  const port = await stompPort(t);
  for (const version of VERSIONS) {
    const client = await connect(t, port, { headers: { "accept-version": version } });
    const queue = `/queue/several-${version}`;
    const { messages } = subscribe(client, queue, { ack: "client" });
    for (const body of ["1", "2", "3"]) await send(client, queue, body);
    await messages.next("1");
    const second = await messages.next("2");
    await confirmed((receipt) => client.ack(second, {}, receipt));
    await messages.next("3");
    await called((done) => client.disconnect(done), "the last receipt");
    const rest = subscribe(await connect(t, port), queue);
    const third = await rest.messages.next("what was not acked");
    assert.deepEqual([third.text, third.headers.redelivered], ["3", "true"]);
  }
});

test("commits and aborts in every version", async (t) => {
  const port = await stompPort(t);
  for (const version of VERSIONS) {
    const client = await connect(t, port, { headers: { "accept-version": version } });
    const queue = `/queue/ledger-${version}`;
    const { messages } = subscribe(client, queue, { ack: "client" });
    const aborted = client.begin();
    const committed = client.begin(`by name ${version}`);
    aborted.send({ destination: queue }).end("never");
    committed.send({ destination: queue }).end("one");
    committed.send({ destination: queue }).end("two");
    await confirmed((receipt) => aborted.abort(receipt));
    await send(client, queue, "outside");
    const outside = await messages.next("what is outside");
    assert.equal(outside.text, "outside");
    client.ack(outside, { transaction: committed.id });
    await confirmed((receipt) => committed.commit(receipt));
    for (const body of ["one", "two"]) assert.equal((await messages.next(body)).text, body);
  }
});

test("is answered in a temporary queue", async (t) => {
  const port = await stompPort(t);
  const service = await connect(t, port);
  const { messages: questions } = subscribe(service, "/queue/questions");
  const asker = await connect(t, port);
  const answers = new Arrivals();
  asker.setImplicitSubscription("/temp-queue/answers", "auto", async (error, frame) => {
    if (!error) answers.push(String(await buffer(frame)));
  });
  await send(asker, "/queue/questions", "why?", { "reply-to": "/temp-queue/answers" });
  const question = await questions.next("the question");
  await send(service, question.headers["reply-to"], "because");
  assert.equal(await answers.next("the answer"), "because");
});

test("keeps a subscription through channels and over a server that is not there", async (t) => {
  const port = await stompPort(t);
  const gone = createServer().listen(0, "127.0.0.1");
  await within(new Promise((resolve) => gone.once("listening", resolve)), "it listens");
  const nobody = gone.address().port;
  gone.close();
  const servers = [options(nobody), options(port)];
  const pool = new stompit.ChannelPool(new stompit.ConnectFailover(servers, { randomize: false, maxReconnects: 3 }));
  const channel = await called((done) => pool.channel(done), "a channel");
  const messages = new Arrivals();
  channel.subscribe({ destination: "/queue/pooled", ack: "client-individual" }, async (error, frame, subscription) => {
    if (error) return;
    messages.push(String(await buffer(frame)));
    channel.ack(frame);
    subscription.unsubscribe();
  });
  await called((done) => channel.send({ destination: "/queue/pooled" }, "through a channel", done), "the receipt");
  assert.equal(await messages.next("the message"), "through a channel");
  pool.close();
});

test("stays connected by heart-beats", async (t) => {
  const port = await stompPort(t);
  const errors = new Arrivals();
  const client = await connect(t, port, { heartbeat: [1000, 1000], heartbeatDelayMargin: 1000 });
  client.on("error", errors.push);
  const beats = new Arrivals();
  client.getTransportSocket().on("data", (octets) => String(octets) === "\n" && beats.push(octets));
  // As long as the server waits for a silent client, and more than the client waits for a silent server.
  for (let beat = 0; beat < 6; beat += 1) await beats.next("a heart-beat of the server");
  assert.equal(errors.waiting, 0);
  await send(client, "/topic/alive", "yes");
});

test("is told why it is refused", async (t) => {
  const port = await stompPort(t);
  for (const headers of [{ passcode: "wrong" }, { host: "nowhere" }]) {
    await assert.rejects(connect(t, port, { headers }), (error) => error.message.length > 0 && error.text.length > 0);
  }
  const client = await connect(t, port);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const { messages } = subscribe(client, "/amq/queue/none");
  const error = await errors.next("the error");
  assert.match(error.text, /none/);
  assert.equal(messages.waiting, 0);
});
