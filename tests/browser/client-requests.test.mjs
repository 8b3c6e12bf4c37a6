// Requests and replies of the packed client.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connected, heard, Proxy, SOON, statesOf, withCode } from "./client-support.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";

/** A client that answers each request on `/queue/NAME` with its text in upper case. */
async function answering(t, to, name) {
  const client = await connected(t, to, { reconnect: SOON });
  const answers = client.subscribe(`/queue/${name}`, (message) => void message.reply(message.text.toUpperCase()));
  await within(answers.ready, "the one who answers");
  return client;
}

test("a request resolves with its own reply", async (t) => {
  const server = await Server.start(t);
  await answering(t, server, "shout");
  const client = await connected(t, server);
  const reply = await within(client.request("/queue/shout", "hello"), "the reply");
  assert.equal(reply.text, "HELLO");
  const words = Array.from({ length: 50 }, (_, number) => `word ${number}`);
  const replies = await within(Promise.all(words.map((word) => client.request("/queue/shout", word))), "all replies");
  assert.deepEqual(replies.map(({ text }) => text), words.map((word) => word.toUpperCase()));
});

test("replies are private, and carry what a message may carry", async (t) => {
  const server = await Server.start(t);
  const replier = await connected(t, server);
  const clients = [await connected(t, server), await connected(t, server)];
  const { messages } = await heard(replier, "/queue/json");
  const requests = clients.map((client, number) => client.request("/queue/json", { number }, { headers: { own: "1" } }));
  for (const _ of clients) {
    const request = await messages.next("a request");
    assert.equal(request.headers["content-type"], "application/json");
    assert.equal(request.headers.own, "1");
    const { routed } = await request.reply({ echo: request.json() }, { headers: { state: "done" } });
    assert.equal(routed, 1);
  }
  for (const [number, request] of requests.entries()) {
    const reply = await within(request, "the reply");
    assert.deepEqual([reply.json(), reply.headers.state], [{ echo: { number } }, "done"]);
  }
});

test("a message that asks for no reply gets none", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/plain");
  await client.publish("/topic/plain", "x");
  await assert.rejects((await messages.next("the message")).reply("y"), withCode("invalid-argument"));
});

test("a request that nobody is there for is rejected at once", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const states = statesOf(client);
  await assert.rejects(within(client.request("/topic/nobody", "x"), "the refusal"), withCode("unroutable"));
  await assert.rejects(within(client.request("/nowhere/at/all", "x"), "the refusal"), withCode("bad-destination"));
  assert.deepEqual(states, []);
});

test("a request may be given up, by time or by signal", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/queue/silent");
  await assert.rejects(client.request("/queue/silent", "x", { timeout: 10 }), withCode("timeout", true));
  const controller = new AbortController();
  const request = client.request("/queue/silent", "y", { signal: controller.signal, timeout: 0 });
  await messages.next("the first request");
  const second = await messages.next("the second request");
  controller.abort();
  await assert.rejects(request, { name: "AbortError" });
  await second.reply("too late"); // is nobody's reply, and does no harm
  const third = client.request("/queue/silent", "z");
  await (await messages.next("the third request")).reply("in time");
  assert.equal((await within(third, "the reply")).text, "in time");
  await assert.rejects(client.request("/queue/silent", "x", { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("a request whose connection is lost is rejected, and the next one is answered", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  const replier = await connected(t, server);
  const { messages } = await heard(replier, "/queue/slow");
  const client = await connected(t, proxy, { reconnect: SOON });
  const lost = client.request("/queue/slow", "1");
  await messages.next("the first request");
  proxy.cut();
  await assert.rejects(within(lost, "the rejection"), withCode("connection-lost", true));
  const next = client.request("/queue/slow", "2");
  await (await messages.next("the second request")).reply("two");
  assert.equal((await within(next, "the reply")).text, "two");
});

test("a request that was not sent yet waits for the connection", async (t) => {
  const server = await Server.start(t);
  await answering(t, server, "patient");
  const client = await connected(t, server, { reconnect: SOON });
  await server.kill();
  await eventually("the loss is noticed", () => client.state !== "connected");
  const request = client.request("/queue/patient", "hello");
  const impatient = client.request("/queue/patient", "given up", { timeout: 5 });
  await assert.rejects(impatient, withCode("timeout"));
  await server.start();
  assert.equal((await within(request, "the reply")).text, "HELLO");
});

test("requests that are pending when the client is closed are rejected", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const seen = new Arrivals();
  client.subscribe("/queue/closing", seen.push);
  const request = client.request("/queue/closing", "x");
  request.catch(() => {});
  await seen.next("the request");
  await within(client.close(), "the end");
  await assert.rejects(within(request, "the rejection"), withCode("closed"));
});
