// CloudEvents of the packed client: what it publishes as an event, what it makes of what comes, and both beside the npm SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudEvent, HTTP } from "cloudevents";
import { connect } from "../../wasm-client/pkg/index.js";
import { connected, depth, heard, withCode } from "./client-support.mjs";
import { Arrivals, Server, within } from "./harness.mjs";
import { politely, scriptedSocket } from "./scripted-socket.mjs";

const REQUIRED = { source: "/shop", type: "order.placed" };

/** A callback subscription to events that can be waited for. */
async function heardEvents(client, destination, options) {
  const messages = new Arrivals();
  const subscription = client.subscribeEvents(destination, messages.push, options);
  await within(subscription.ready, `the subscription to ${destination}`);
  return { messages, subscription };
}

const attributesOf = ({ headers }) => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("ce-")));

test("an event goes out in binary mode: attributes as headers, data as the body", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/orders");
  const event = {
    ...REQUIRED,
    id: "7: é\\",
    time: new Date(0),
    subject: "a/b",
    dataschema: "https://example.com/s.json#/a",
    sampledrate: 5,
    deprecated: true,
    dssematerial: Uint8Array.of(1, 2),
    own: -3,
    unset: null,
    datacontenttype: "application/vnd.order+json; charset=utf-8",
    data: { item: "rope" },
  };
  const confirmation = await client.publishEvent("/topic/orders", event, { headers: { mine: "5" }, expiration: 60_000 });
  assert.equal(confirmation.routed, 1);
  const message = await messages.next("the event");
  assert.deepEqual(attributesOf(message), {
    "ce-specversion": "1.0",
    "ce-id": "7: é\\",
    "ce-source": "/shop",
    "ce-type": "order.placed",
    "ce-time": "1970-01-01T00:00:00.000Z",
    "ce-subject": "a/b",
    "ce-dataschema": "https://example.com/s.json#/a",
    "ce-sampledrate": "5",
    "ce-deprecated": "true",
    "ce-dssematerial": "AQI=",
    "ce-own": "-3",
  });
  assert.deepEqual([message.headers["content-type"], message.headers.mine], [event.datacontenttype, "5"]);
  assert.equal(message.headers["x-ce-types"], "own=Integer", "the others' names tell their types");
  assert.equal(message.text, '{"item":"rope"}');
});

test("who gives no id gets one, each event another", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/orders");
  for (let number = 0; number < 2; number += 1) await client.publishEvent("/topic/orders", REQUIRED);
  const ids = [await messages.next("one"), await messages.next("another")].map(({ headers }) => headers["ce-id"]);
  assert.match(ids[0], /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  assert.notEqual(ids[0], ids[1]);
});

test("a page that came without https has ids too", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/orders");
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  t.after(() => delete crypto.randomUUID);
  for (let number = 0; number < 2; number += 1) await client.publishEvent("/topic/orders", REQUIRED, { deduplicate: true });
  const ids = [await messages.next("one"), await messages.next("another")].map(({ headers }) => headers["ce-id"]);
  assert.match(ids[0], /^[\da-z]{10,}$/);
  assert.notEqual(ids[0], ids[1]);
});

/** Data as it is published; the body and the media type that it goes out with; and what a subscriber to events has of it. */
const DATA = [
  [{ data: { a: [1, null] } }, '{"a":[1,null]}', "application/json", { a: [1, null] }],
  [{ data: "text: grüße" }, "text: grüße", "text/plain", "text: grüße"],
  [{ data: "<a/>", datacontenttype: "application/xml" }, "<a/>", "application/xml", "<a/>"],
  [{ data: "a string", datacontenttype: "application/json" }, '"a string"', "application/json", "a string"],
  [{ data: null }, "null", "application/json", null],
  [{ data: false }, "false", "application/json", false],
  [{ data: "" }, "", "text/plain", ""],
  [{ data: Uint8Array.of(0, 255) }, "\0\ufffd", undefined, Uint8Array.of(0, 255)],
  [{ data: Uint8Array.of(0, 1).buffer, datacontenttype: "image/png" }, "\0\x01", "image/png", Uint8Array.of(0, 1)],
  [{ data_base64: "aGk=", datacontenttype: "application/octet-stream" }, "hi", "application/octet-stream", Uint8Array.of(104, 105)],
  [{ data: new Uint8Array() }, "", undefined, new Uint8Array()],
  [{}, "", undefined, undefined],
  [{ datacontenttype: "application/json" }, "", "application/json", undefined],
];

test("data of every kind arrives as it was published", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const plain = await heard(client, "/topic/data");
  const { messages } = await heardEvents(client, "/topic/data");
  for (const [published, body, contentType, data] of DATA) {
    await client.publishEvent("/topic/data", { ...REQUIRED, ...published });
    const message = await plain.messages.next("the message");
    assert.deepEqual([message.text, message.headers["content-type"]], [body, contentType], JSON.stringify(published));
    const { event } = await messages.next("the event");
    assert.deepEqual([event.data, event.datacontenttype], [data, contentType], JSON.stringify(published));
  }
});

const INVALID = [
  [{ source: undefined }, "source"],
  [{ type: undefined }, "type"],
  [{ type: null }, "type"],
  [{ id: "" }, "id"],
  [{ id: 5 }, "id"],
  [{ type: "" }, "type"],
  [{ subject: "" }, "subject"],
  [{ specversion: "0.3" }, "specversion"],
  [{ source: "a b" }, "source"],
  [{ source: "http://[::1" }, "source"],
  [{ source: "%zz" }, "source"],
  [{ source: "/a#b#c" }, "source"],
  [{ source: "1:2" }, "source"],
  [{ dataschema: "/schema.json" }, "dataschema"],
  [{ time: "2018-02-30T00:00:00Z" }, "time"],
  [{ time: "2018-04-26 14:48:09Z" }, "time"],
  [{ time: "2018-04-26T14:48:09" }, "time"],
  [{ time: new Date(Number.NaN) }, "time"],
  [{ "my-ext": "x" }, "my-ext"],
  [{ Note: "x" }, "Note"],
  [{ note: 1.5 }, "note"],
  [{ note: 2 ** 31 }, "note"],
  [{ note: {} }, "note"],
  [{ note: "a\nb" }, "note"],
  [{ note: "\u0085" }, "note"],
  [{ note: "\ufdd0" }, "note"],
  [{ note: "\ud800" }, "note"],
  [{ note: "\u{1ffff}" }, "note"],
  [{ sampledrate: "many" }, "sampledrate"],
  [{ sampledrate: "01" }, "sampledrate"],
  [{ deprecated: "yes" }, "deprecated"],
  [{ expirytime: "soon" }, "expirytime"],
  [{ dataref: "" }, "dataref"],
  [{ dssematerial: "AQI" }, "dssematerial"],
  [{ datacontenttype: "" }, "datacontenttype"],
  [{ datacontenttype: "text/plain", data: { a: 1 } }, "data"],
  [{ data: "x", data_base64: "eA==" }, "data"],
  [{ data: () => {} }, "data"],
  [{ data_base64: "_-8=" }, "data_base64"],
];

test("what is no event is refused here, by the name of what is wrong", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heard(client, "/topic/orders");
  for (const [members, name] of INVALID) {
    await assert.rejects(client.publishEvent("/topic/orders", { ...REQUIRED, ...members }), (error) => {
      assert.ok(withCode("invalid-argument", false)(error));
      assert.ok(error.message.includes(`"${name}"`), `${error.message} names ${name}`);
      return true;
    });
  }
  await client.publish("/topic/orders", "the only one");
  assert.equal((await messages.next("what is none")).text, "the only one");
});

const UNUSUAL = {
  source: ["/a/b?c#d", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "1-555-123-4567", "http://u@[::1]:80/", "?a", "%C3%A4", "//[::1]"],
  time: ["2016-12-31T23:59:60Z", "2018-04-26t14:48:09z", "2018-04-26T14:48:09.123456789123+02:00", "0001-01-01T00:00:00Z", "2024-02-29T00:00:00-00:00"],
  note: ["Euro € 😀 ~", "", "a".repeat(1_000)],
  opcuametadatamajorversion: ["-2147483648", 2147483647],
};

test("unusual values that are right arrive unchanged", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heardEvents(client, "/topic/orders");
  for (const [name, values] of Object.entries(UNUSUAL)) {
    for (const value of values) {
      await client.publishEvent("/topic/orders", { ...REQUIRED, [name]: value });
      const { event } = await messages.next(String(value));
      assert.equal(event.type, "order.placed", `${name} ${value} is taken by the server`);
      assert.equal(String(event[name]), String(value));
    }
  }
});

test("what an event subscription gets is what was published, with the types that JSON has", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heardEvents(client, "/queue/orders", { ack: "client-individual" });
  const event = { ...REQUIRED, specversion: "1.0", id: "1", time: "2018-04-26T14:48:09+02:00", sampledrate: 5, bamptxcompleted: false, note: "7", count: 7, isnew: true, datacontenttype: "application/json", data: [1] };
  await client.publishEvent("/queue/orders", event);
  const message = await messages.next("the event");
  assert.deepEqual(message.event, event);
  assert.equal(message.body, message.event, "read once");
  assert.deepEqual([message.destination, message.redelivered], ["/queue/orders", false]);
  message.nack();
  const again = await messages.next("the event again");
  assert.deepEqual([again.event.id, again.redelivered], ["1", true]);
  again.ack();
  await depth(server, "orders", 0);
});

test("a message that is no event is told as one", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heardEvents(client, "/queue/orders");
  await client.publish("/queue/orders", { a: 1 }, { headers: { mine: "5" } });
  const { event } = await messages.next("the event");
  const { id, source, type, data, datacontenttype } = event;
  assert.match(id, /^[\dA-Z]{26}$/);
  assert.deepEqual([source, type, data, datacontenttype], ["/%2F/queue/orders", "wharf.message", { a: 1 }, "application/json"]);
  assert.equal(JSON.parse(event.messageheaders).mine, "5");
  await client.publish("/queue/orders", Uint8Array.of(255));
  const octets = await messages.next("octets");
  assert.deepEqual([octets.event.data, octets.event.data_base64], [Uint8Array.of(255), "/w=="]);
});

test("events are read with a loop, and their data is checked", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const errors = new Arrivals();
  client.on("error", errors.push);
  const validate = (data) => {
    if (typeof data?.price !== "number") throw new TypeError("no price");
    return { cents: data.price * 100 };
  };
  const prices = client.subscribeEvents("/queue/prices", { ack: "client-individual", validate });
  await within(prices.ready, "the subscription");
  await client.publishEvent("/queue/prices", { ...REQUIRED, id: "bad", data: {} });
  await client.publishEvent("/queue/prices", { ...REQUIRED, id: "good", data: { price: 7 } });
  const { value } = await within(prices[Symbol.asyncIterator]().next(), "the good one");
  assert.deepEqual([value.event.id, value.event.data], ["good", { cents: 700 }]);
  withCode("invalid-body", false)(await errors.next("the error"));
  value.ack();
  await depth(server, "prices", 0);
});

test("a handler of events settles by what becomes of it", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const ids = new Arrivals();
  await within(client.subscribeEvents("/queue/orders", async ({ event }) => ids.push(event.id), { ack: "handler" }).ready, "the subscription");
  await client.publishEvent("/queue/orders", { ...REQUIRED, id: "1" });
  assert.equal(await ids.next("the event"), "1");
  await depth(server, "orders", 0);
});

test("an event with the same source and id is stored once, whether it came from here or over HTTP", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  // Around the ends of the blocks of the digest, and beyond ASCII.
  for (const id of ["1", "é€😀", ...[46, 47, 48, 54, 55, 56, 57, 120].map((length) => "x".repeat(length))]) {
    const event = new CloudEvent({ ...REQUIRED, id, data: "x" });
    const first = await client.publishEvent("/queue/orders", event, { deduplicate: true });
    const second = await client.publishEvent("/queue/orders", { ...REQUIRED, id }, { deduplicate: true });
    assert.deepEqual([first.duplicate, second.duplicate], [false, true], id);
    const { headers, body } = HTTP.structured(event);
    const answer = await fetch(`${server.origin}/events/queue/orders?deduplicate=true`, {
      method: "POST",
      headers: { ...headers, authorization: `Basic ${btoa("guest:guest")}` },
      body,
    });
    assert.equal((await answer.json()).duplicate, true, id);
    const other = await client.publishEvent("/queue/orders", { ...REQUIRED, source: "/other", id }, { deduplicate: true });
    assert.equal(other.duplicate, false, "another source");
  }
});

const SDK_EVENTS = [
  { subject: "a/b", time: "2018-04-26T14:48:09.120Z", datacontenttype: "application/json", data: { item: "rope", n: 1.5 } },
  { datacontenttype: "text/plain", data: "plain text", note: "more", sampledrate: 5 },
  { datacontenttype: "application/octet-stream", data: Uint8Array.of(0, 1, 255) },
  { dataschema: "https://example.com/schema", partitionkey: "7" },
];

test("the SDK reads what the client receives, and the client publishes what the SDK made", async (t) => {
  const server = await Server.start(t);
  const client = await connected(t, server);
  const { messages } = await heardEvents(client, "/topic/orders");
  for (const members of SDK_EVENTS) {
    const made = new CloudEvent({ ...REQUIRED, ...members });
    await client.publishEvent("/topic/orders", made);
    const read = new CloudEvent((await messages.next("the event")).event);
    assert.deepEqual(read.toJSON(), made.toJSON());
    assert.deepEqual(read.data, made.data);
    // And once more, as it was received.
    await client.publishEvent("/topic/orders", read);
    assert.deepEqual(new CloudEvent((await messages.next("it again")).event).toJSON(), made.toJSON());
  }
  await client.publish("/topic/orders", "no event");
  assert.equal(new CloudEvent((await messages.next("the message")).event).data, "no event");
});

test("events of servers that do not write them as JSON are read from the headers", async (t) => {
  const FRAMES = [
    "ce-specversion:1.0\nce-id:1\nce-source:/a\nce-type:t\nce-sampledrate:5\nce-deprecated:true\nce-note:5\ncontent-type:application/json\n\n[1]",
    "content-type:text/plain\n\nhello",
    "\n",
  ];
  const asked = [];
  const socket = scriptedSocket((frame) => {
    if (frame.verb !== "SUBSCRIBE") return politely(frame);
    asked.push(frame.headers["x-cloudevents"]);
    const head = `MESSAGE\nsubscription:${frame.headers.id}\ndestination:/queue/a\nmessage-id:7\n`;
    return [...politely(frame), ...FRAMES.map((rest) => `${head}${rest}\0`)];
  });
  const client = await within(connect("ws://127.0.0.1:1/", { WebSocket: socket }), "a connection");
  t.after(() => client.close());
  const { messages } = await heardEvents(client, "/queue/a");
  assert.deepEqual(asked, ["structured"]);
  const event = { specversion: "1.0", id: "1", source: "/a", type: "t", sampledrate: 5, deprecated: true, note: "5", datacontenttype: "application/json", data: [1] };
  assert.deepEqual((await messages.next("an event")).event, event);
  const told = { specversion: "1.0", id: "7", source: "/queue/a", type: "wharf.message" };
  assert.deepEqual((await messages.next("a text")).event, { ...told, datacontenttype: "text/plain", data: "hello" });
  assert.deepEqual((await messages.next("nothing")).event, told);
});
