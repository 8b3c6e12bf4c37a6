// @stomp/rx-stomp: observables over stompjs, as Angular pages use it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RxStomp, RxStompRPC, RxStompState } from "@stomp/rx-stomp";
import { filter, firstValueFrom } from "rxjs";
import { WebSocket } from "ws";
import { Arrivals, Server, within } from "./harness.mjs";

const GUEST = { login: "guest", passcode: "guest", host: "/" };

/** An activated client, ended with the test. It may not be connected yet, and may never be. */
function activated(t, server, options = {}) {
  const stomp = new RxStomp();
  stomp.configure({
    webSocketFactory: () => new WebSocket(server.ws, ["v12.stomp"]),
    connectHeaders: GUEST,
    reconnectDelay: 20,
    ...options,
  });
  t.after(() => stomp.deactivate({ force: true }));
  stomp.activate();
  return stomp;
}

async function connect(t, server, options) {
  const stomp = activated(t, server, options);
  await reaches(stomp, RxStompState.OPEN);
  return stomp;
}

const reaches = (stomp, wanted) =>
  within(firstValueFrom(stomp.connectionState$.pipe(filter((state) => state === wanted))), RxStompState[wanted]);

let receipts = 0;

/** Publishes, and waits for the receipt. */
function publish(stomp, destination, body, headers = {}) {
  const receipt = `receipt-${++receipts}`;
  const confirmed = stomp.asyncReceipt(receipt);
  const content = typeof body === "string" ? { body } : { binaryBody: body };
  stomp.publish({ destination, ...content, headers: { ...headers, receipt } });
  return within(confirmed, "a receipt");
}

/** Watches a destination; resolves when the server has confirmed it. */
async function watch(stomp, destination, subHeaders = {}) {
  const receipt = `receipt-${++receipts}`;
  const confirmed = stomp.asyncReceipt(receipt);
  const messages = new Arrivals();
  const watching = stomp.watch({ destination, subHeaders: { ...subHeaders, receipt } }).subscribe(messages.push);
  await within(confirmed, "a receipt");
  return { messages, watching };
}

test("watches a topic, with headers of every kind", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  assert.equal((await firstValueFrom(stomp.serverHeaders$)).version, "1.2");
  const { messages, watching } = await watch(stomp, "/topic/news.*");
  const headers = { sign: "a:b\\x\nd\re", "grüße": "€ “日本” \u{1f44b}", empty: "", "content-type": "text/plain" };
  await publish(stomp, "/topic/news.today", "grüße\n", headers);
  await publish(stomp, "/topic/others", "not for us");
  await publish(stomp, "/topic/news.tomorrow", "more");
  const message = await messages.next("the message");
  assert.equal(message.body, "grüße\n");
  for (const [name, value] of Object.entries(headers)) assert.equal(message.headers[name], value, name);
  assert.equal((await messages.next("the next one")).body, "more");
  watching.unsubscribe();
  await publish(stomp, "/topic/news.today", "nobody");
  assert.equal(messages.waiting, 0);
});

test("shares one subscription among observers", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const shared = stomp.watch("/queue/shared", { receipt: "shared" });
  const observers = [new Arrivals(), new Arrivals()];
  const confirmed = stomp.asyncReceipt("shared");
  for (const observer of observers) shared.subscribe(observer.push);
  await within(confirmed, "the receipt");
  await publish(stomp, "/queue/shared", "once");
  for (const observer of observers) assert.equal((await observer.next("the message")).body, "once");
});

test("acks and nacks one by one", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const single = await watch(stomp, "/queue/single", { ack: "client-individual", "prefetch-count": "1" });
  await publish(stomp, "/queue/single", "one");
  await publish(stomp, "/queue/single", "two");
  const first = await single.messages.next("the first delivery");
  first.nack();
  const again = await single.messages.next("its redelivery");
  assert.deepEqual([again.body, again.headers.redelivered], ["one", "true"]);
  again.ack();
  assert.equal((await single.messages.next("the second")).body, "two");
});

test("acks all that came before", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const several = await watch(stomp, "/queue/several", { ack: "client" });
  for (const body of ["1", "2", "3"]) await publish(stomp, "/queue/several", body);
  await several.messages.next("1");
  (await several.messages.next("2")).ack();
  await several.messages.next("3");
  several.watching.unsubscribe();
  await stomp.deactivate();
  const rest = await watch(await connect(t, server), "/queue/several");
  assert.equal((await rest.messages.next("what was not acked")).body, "3");
});

test("commits and aborts", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const { messages } = await watch(stomp, "/queue/ledger");
  const send = (transaction, body) => stomp.publish({ destination: "/queue/ledger", body, headers: { transaction: transaction.id } });
  const aborted = stomp.stompClient.begin();
  const committed = stomp.stompClient.begin();
  send(aborted, "never");
  send(committed, "one");
  send(committed, "two");
  aborted.abort();
  await publish(stomp, "/queue/ledger", "outside");
  committed.commit();
  for (const body of ["outside", "one", "two"]) assert.equal((await messages.next(body)).body, body);
});

test("takes and gives octets", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const { messages } = await watch(stomp, "/queue/octets");
  const octets = Uint8Array.from({ length: 256 }, (_, index) => index);
  await publish(stomp, "/queue/octets", octets);
  assert.deepEqual((await messages.next("the octets")).binaryBody, octets);
});

test("calls a procedure and waits for a stream of answers", async (t) => {
  const server = await Server.start(t);
  const service = await connect(t, server);
  const { messages: questions } = await watch(service, "/queue/doubling");
  const caller = new RxStompRPC(await connect(t, server));
  const answer = (question, body) =>
    publish(service, question.headers["reply-to"], body, { "correlation-id": question.headers["correlation-id"] });

  const result = firstValueFrom(caller.rpc({ destination: "/queue/doubling", body: "21" }));
  const question = await questions.next("the question");
  await answer(question, String(2 * question.body));
  assert.equal((await within(result, "the answer")).body, "42");

  const parts = new Arrivals();
  caller.stream({ destination: "/queue/doubling", body: "1" }).subscribe(parts.push);
  const long = await questions.next("the second question");
  for (const part of ["1", "2", "3"]) await answer(long, part);
  for (const part of ["1", "2", "3"]) assert.equal((await parts.next("a part")).body, part);
});

test("connects again, watches again and publishes what waited", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server);
  const { messages } = await watch(stomp, "/queue/lasting", { ack: "client-individual" });
  const publisher = await connect(t, server);
  await publish(publisher, "/queue/lasting", "held");
  await messages.next("the first delivery");
  const closed = reaches(stomp, RxStompState.CLOSED);
  stomp.stompClient.forceDisconnect();
  await closed;
  stomp.publish({ destination: "/queue/lasting", body: "waited" });
  const redelivered = await messages.next("what was not acked");
  assert.deepEqual([redelivered.body, redelivered.headers.redelivered], ["held", "true"]);
  assert.equal((await messages.next("what waited for the connection")).body, "waited");
});

test("leaves with a receipt", async (t) => {
  const server = await Server.start(t);
  const codes = new Arrivals();
  const socket = () => {
    const opened = new WebSocket(server.ws, ["v12.stomp"]);
    opened.once("close", codes.push);
    return opened;
  };
  const stomp = await connect(t, server, { webSocketFactory: socket });
  await within(stomp.deactivate(), "the end");
  assert.equal(await codes.next("Close"), 1000);
  assert.equal(stomp.connectionState$.getValue(), RxStompState.CLOSED);
});

test("is told of a wrong password and of an unknown vhost", async (t) => {
  const server = await Server.start(t);
  for (const wrong of [{ passcode: "wrong" }, { host: "nowhere" }]) {
    const stomp = activated(t, server, { connectHeaders: { ...GUEST, ...wrong }, reconnectDelay: 0 });
    const error = await within(firstValueFrom(stomp.stompErrors$), "ERROR");
    assert.ok(error.headers.message.length > 0);
    assert.equal(stomp.connected(), false);
  }
});

test("gives the error of one watched destination to its observer alone", async (t) => {
  const server = await Server.start(t);
  const stomp = await connect(t, server, {
    connectHeaders: { ...GUEST, "x-soft-errors": "true" },
    correlateErrors: (error) => (error.headers.subscription === "bad" ? "/amq/queue/none" : ""),
  });
  const { messages } = await watch(stomp, "/topic/others");
  const refused = new Arrivals();
  stomp.watch("/amq/queue/none", { id: "bad" }).subscribe({ error: refused.push });
  const error = await refused.next("the error");
  assert.deepEqual([error.headers["x-code"], error.headers["x-fatal"]], ["not-found", "false"]);
  await publish(stomp, "/topic/others", "goes on");
  assert.equal((await messages.next("a message of the others")).body, "goes on");
});
