// What the adapter does otherwise than stompjs: it refuses or warns where it cannot follow, and is better in places.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as stompjs from "@stomp/stompjs";
import { clientPackage } from "../../scripts/lib/paths.mjs";
import * as adapter from "../../wasm-client/pkg/stompjs.js";
import { confirmed, connect, GUEST, publish, subscribe } from "./adapter-support.mjs";
import { Arrivals, Server } from "./harness.mjs";
import { open, useChromium } from "./page.mjs";
import { allowing, serve } from "./site.mjs";

useChromium();

test("the adapter has what pages import of stompjs", () => {
  const missing = ["Client", "StompConfig", "Versions", "ActivationState", "ReconnectionTimeMode", "StompSocketState", "TickerStrategy"]
    .filter((name) => !(name in stompjs && name in adapter));
  assert.deepEqual(missing, []);
  for (const name of ["ActivationState", "ReconnectionTimeMode", "StompSocketState", "TickerStrategy"]) {
    for (const [key, value] of Object.entries(adapter[name])) assert.equal(stompjs[name][key], value, `${name}.${key}`);
  }
  const [theirs, ours] = [new stompjs.Client(), new adapter.Client()];
  const settings = Object.keys(theirs).filter((key) => !key.startsWith("_") && !["stompVersions"].includes(key));
  for (const key of settings.filter((name) => typeof theirs[name] !== "function")) assert.deepEqual(ours[key], theirs[key], key);
  const members = [...settings, ...Object.getOwnPropertyNames(stompjs.Client.prototype).filter((key) => !key.startsWith("_"))];
  assert.deepEqual(members.filter((key) => !(key in ours) && key !== "scheduleReconnect"), []);
});

test("the adapter says once of each setting that it has no effect", async (t) => {
  const server = await Server.start(t);
  const { mock } = t.mock.method(console, "warn", () => {});
  const options = {
    splitLargeFrames: true,
    appendMissingNULLonIncoming: true,
    logRawCommunication: true,
    heartbeatStrategy: adapter.TickerStrategy.Worker,
    heartbeatToleranceMultiplier: 3,
    connectHeaders: { ...GUEST, authorization: "Bearer x" },
  };
  for (let time = 0; time < 2; time += 1) {
    const { client } = await connect(t, adapter, server, options);
    const { messages, subscription } = await subscribe(client, "/queue/odd", { ack: "client-individual" });
    client.publish({ destination: "/queue/odd", body: "x", skipContentLengthHeader: true });
    (await messages.next("the message")).ack({ colour: "blue" });
    await confirmed(client, (receipt) => subscription.unsubscribe({ durable: "true", ...receipt }));
  }
  const warnings = mock.calls.map(({ arguments: [text] }) => /stompjs: (.*) has no effect: ./.exec(text)?.[1]);
  assert.deepEqual(warnings.sort(), [
    "appendMissingNULLonIncoming", "heartbeatStrategy", "heartbeatToleranceMultiplier", "logRawCommunication", "skipContentLengthHeader", "splitLargeFrames",
    "the header authorization of CONNECT", "the header colour of ACK", "the header durable of UNSUBSCRIBE",
  ]);
});

test("the adapter refuses what it cannot do, and says what to do instead", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, adapter, server);
  const without = new adapter.Client({ brokerURL: server.ws, stompVersions: new adapter.Versions(["1.1", "1.0"]) });
  assert.throws(() => without.activate(), /speaks STOMP 1\.2, and not 1\.1, 1\.0/);
  assert.throws(() => client.subscribe("/topic/a", () => {}, { durable: "true", id: "mine" }), /durable-subscription-name/);
  assert.throws(() => client.subscribe("/queue/a", () => {}, { "x-credit": "1" }), /@wharf\/client/);
  assert.throws(() => client.unsubscribe("nothing"), /no subscription with the id "nothing"/);
  assert.throws(() => client.commit("nothing"), /no transaction "nothing"/);
  client.begin("twice");
  assert.throws(() => client.begin("twice"), /already/);
  client.subscribe("/queue/a", () => {}, { id: "s" });
  assert.throws(() => client.subscribe("/queue/b", () => {}, { id: "s" }), /already/);
  assert.throws(() => client.ack("1", "s"), /no unsettled message "1"/);
});

test("with the adapter a refused frame costs nothing else", async (t) => {
  const server = await Server.start(t);
  const { client, errors, closes } = await connect(t, adapter, server);
  const { messages } = await subscribe(client, "/topic/others");
  client.subscribe("/amq/queue/none", () => {}, { id: "bad" });
  const { headers } = await errors.next("ERROR");
  assert.equal(headers.subscription, "bad");
  client.publish({ destination: "/nowhere" });
  assert.equal((await errors.next("ERROR")).headers["x-code"], "bad-destination");
  await publish(client, "/topic/others", "goes on");
  assert.equal((await messages.next("a message")).body, "goes on");
  assert.equal(closes.waiting, 0);
});

test("the adapter keeps passwords out of what it tells", async (t) => {
  const server = await Server.start(t);
  const lines = [];
  await connect(t, adapter, server, { debug: (line) => lines.push(line), connectHeaders: { login: "guest", passcode: "guest" } });
  assert.ok(lines.some((line) => line.startsWith(">>> CONNECT\n") && line.includes("passcode:***")), lines.join("\n\n"));
});

test("a debug function that is set later is told what comes later", async (t) => {
  const server = await Server.start(t);
  const { client } = await connect(t, adapter, server);
  const lines = new Arrivals();
  client.debug = lines.push;
  await publish(client, "/topic/a", "x");
  assert.match(await lines.next("the frame"), /^>>> SEND\n/);
});

test("the ids of a connection that is lost mean nothing on the next", async (t) => {
  const server = await Server.start(t);
  const { client, connects } = await connect(t, adapter, server, { reconnectDelay: 20 });
  const { messages, subscription } = await subscribe(client, "/queue/held", { ack: "client-individual", id: "s" });
  await publish(client, "/queue/held", "held");
  const held = await messages.next("the message");
  client.forceDisconnect();
  await connects.next("the next connection");
  held.ack(); // says nothing to anybody
  subscription.unsubscribe();
  const again = await subscribe(client, "/queue/held", { ack: "client-individual", id: "s" });
  const { body, headers } = await again.messages.next("its redelivery");
  assert.deepEqual([body, headers.redelivered], ["held", "true"]);
});

test("the adapter does in a browser what it does in Node", async (t) => {
  const origin = await serve(t, clientPackage);
  const server = await Server.start(t, allowing(origin));
  const { page, problems } = await open(t, `${origin}/package.json`);
  const told = await page.evaluate(async (brokerURL) => {
    const { Client } = await import("/stompjs.js");
    const told = [];
    const client = new Client({ brokerURL, connectHeaders: { login: "guest", passcode: "guest" }, onWebSocketClose: ({ code }) => told.push(code) });
    const connected = () => new Promise((resolve) => (client.onConnect = resolve));
    for (const force of [false, true]) {
      client.activate();
      await connected();
      const came = new Promise((resolve) => client.subscribe("/topic/here", resolve));
      client.publish({ destination: "/topic/here", body: `force: ${force}` });
      told.push((await came).body);
      await client.deactivate({ force });
    }
    return told;
  }, server.ws);
  assert.deepEqual([told[0], told[2], told[3]], ["force: false", "force: true", 4001]);
  assert.ok([1000, 1005].includes(told[1]), `${told[1]}`);
  assert.deepEqual(problems.filter((problem) => problem.includes("WebSocket")), []);
});
