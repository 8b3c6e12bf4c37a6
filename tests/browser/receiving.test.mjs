// Receiving CloudEvents with what is there already: EventSource in a page, fetch, and a WebSocket with the CloudEvents SDK. All that is sent
// is what the published schema of an event allows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { CloudEvent, HTTP } from "cloudevents";
import { WebSocket } from "ws";
import { Arrivals, eventually, Server, within } from "./harness.mjs";
import { open, useChromium } from "./page.mjs";

useChromium();

const AUTHORIZATION = `Basic ${btoa("guest:guest")}`;
const BATCH = "application/cloudevents-batch+json";

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
const schema = JSON.parse(readFileSync(new URL("../cloudevents-schema/cloudevents.json", import.meta.url)));
const validate = ajv.compile(schema);

/** An event as the schema and the SDK see it. */
function checked(event) {
  assert.ok(validate(event), `${JSON.stringify(event)}: ${ajv.errorsText(validate.errors)}`);
  return HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: JSON.stringify(event) });
}

/** Events of every shape: JSON, text, octets, nothing, extensions of other types. */
const EVENTS = [
  { time: "2018-04-26T14:48:09.120Z", data: { item: "rope", lines: ["a\nb", null, 1.5] }, subject: "a/b?c=d" },
  { datacontenttype: "text/plain", data: "plain\ntext €" },
  { datacontenttype: "application/octet-stream", data_base64: "AP8K" },
  { dataschema: "https://example.com/schema", sampledrate: 5, deprecated: true, data: null },
  {},
].map((members, index) => ({ specversion: "1.0", id: `${index}`, source: "/shop", type: "order.placed", ...members }));

async function publish(server, destination, events = EVENTS) {
  const headers = { authorization: AUTHORIZATION, "content-type": BATCH };
  const answer = await fetch(`${server.origin}/events${destination}`, { method: "POST", headers, body: JSON.stringify(events) });
  assert.equal(answer.status, 202, await answer.text());
}

/** What an event says, without what the server may add. */
function said({ id, source, type, time, subject, dataschema, datacontenttype, data, data_base64 }) {
  return { id, source, type, time, subject, dataschema, datacontenttype, data, data_base64 };
}

/** The same as it was published: data without a media type is JSON, and says so where it travels on. */
const published = (event) => said("data" in event ? { datacontenttype: "application/json", ...event } : event);

test("EventSource gets events, and comes back without loss", async (t) => {
  const server = await Server.start(t);
  await publish(server, "/stream/s");
  const { page } = await open(t, `${server.origin}/health/live`, { extraHTTPHeaders: { authorization: AUTHORIZATION } });
  await page.evaluate(() => {
    globalThis.events = [];
    globalThis.ended = 0;
    const source = new EventSource("/events/stream/s?from=first");
    source.addEventListener("order.placed", (event) => globalThis.events.push([event.lastEventId, event.data]));
    source.addEventListener("wharf.control.ended", () => (globalThis.ended += 1));
  });
  const wait = (count) => page.waitForFunction((count) => globalThis.events.length >= count, count);
  await wait(EVENTS.length);
  const [{ name }] = await (await server.api("GET", "/api/connections")).json();
  await server.api("DELETE", `/api/connections/${encodeURIComponent(name)}`);
  await page.waitForFunction(() => globalThis.ended === 1);
  await publish(server, "/stream/s", [{ ...EVENTS[0], id: "later" }]);
  await wait(EVENTS.length + 1);
  const got = await page.evaluate(() => globalThis.events);
  const events = got.map(([, data]) => JSON.parse(data));
  events.forEach(checked);
  assert.deepEqual(events.map(said), [...EVENTS, { ...EVENTS[0], id: "later" }].map(published));
  const offsets = got.map(([id]) => Number(id.split("-")[1]));
  assert.deepEqual(offsets, [0, 1, 2, 3, 4, 5], "each once");
});

test("a long poll gives batches that the schema allows", async (t) => {
  const server = await Server.start(t);
  await publish(server, "/queue/q");
  const headers = { authorization: AUTHORIZATION, accept: BATCH };
  const answer = await fetch(`${server.origin}/events/queue/q`, { headers });
  const events = await answer.json();
  events.forEach(checked);
  assert.deepEqual(events.map(said), EVENTS.map(published));
  const path = `/events/queue/q?ack=${answer.headers.get("wharf-ack")}`;
  assert.equal((await fetch(server.origin + path, { method: "DELETE", headers })).status, 204);
});

test("the SDK reads what comes over a WebSocket, and what it writes is read", async (t) => {
  const server = await Server.start(t);
  await publish(server, "/stream/s");
  const url = `${server.ws}?subscribe=/stream/s&from=first&publish=/stream/s&ack=client`;
  const socket = new WebSocket(url, ["cloudevents.json"], { headers: { authorization: AUTHORIZATION } });
  t.after(() => socket.terminate());
  const messages = new Arrivals();
  socket.on("message", (octets, isBinary) => messages.push([octets.toString(), isBinary]));
  await within(new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject)), "a connection");
  const next = async () => {
    const [text, isBinary] = await messages.next("an event");
    assert.equal(isBinary, false);
    return JSON.parse(text);
  };
  const subscribed = checked(await next());
  assert.deepEqual([subscribed.type, subscribed.data], ["wharf.control.subscribed", { subscription: "/stream/s" }]);
  for (const event of EVENTS) {
    const got = await next();
    const read = checked(got);
    assert.deepEqual(said(got), published(event));
    assert.deepEqual([read.wharfsubscription, read.wharfoffset, read.sequence], ["/stream/s", event.id, event.id.padStart(20, "0")]);
    assert.equal(read.wharfdelivery, `1-${Number(event.id) + 1}`);
  }
  const own = new CloudEvent({ id: "own", source: "/page", type: "order.paid", data: { paid: true } });
  socket.send(HTTP.structured(own).body);
  const answers = [await next(), await next()].map(checked);
  const confirmed = answers.find((event) => event.type === "wharf.control.confirmed");
  assert.deepEqual(confirmed.data, { source: "/page", id: "own", routed: 1, stream_offset: 5 });
  const back = answers.find((event) => event.id === "own");
  assert.deepEqual([back.time, back.data], [own.time, { paid: true }]);
  socket.send("{}");
  assert.equal(checked(await next()).type, "wharf.control.error");
});

test("a page logs in on a WebSocket with its first event", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/health/live`);
  await page.evaluate(() => {
    const socket = new WebSocket(`ws://${location.host}/ws?subscribe=/topic/chat&publish=/topic/chat`, "cloudevents.json");
    const event = (type, data) => JSON.stringify({ specversion: "1.0", id: crypto.randomUUID(), source: "/page", type, data });
    globalThis.types = [];
    socket.onopen = () => socket.send(event("wharf.control.auth", { user: "guest", password: "guest" }));
    socket.onmessage = ({ data }) => {
      const { type } = JSON.parse(data);
      globalThis.types.push(type);
      if (type === "wharf.control.subscribed") socket.send(event("chat.said", "hello"));
    };
  });
  await eventually("the page hears itself", () => page.evaluate(() => globalThis.types.includes("chat.said")));
});
