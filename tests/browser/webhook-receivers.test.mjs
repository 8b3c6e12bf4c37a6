// Other people's libraries as receivers of webhooks: signatures fit, events are what was published, documents are as the schema says.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { HTTP } from "cloudevents";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { ask, createWebhook, publish, Sink, startServer } from "./webhook-support.mjs";

const SCHEMA = new URL("../cloudevents-schema/cloudevents.json", import.meta.url);

const TIME = "2018-04-26T14:48:09.120Z"; // where there is none, the SDK makes one up

/** Events with all that may be in one. Those without data, or with an empty one, are documents in binary mode too. */
const EVENTS = [
  { data: { item: "rope", n: 1.5, list: [null, true, "ä€😀"] }, datacontenttype: "application/json" },
  { data: "plain text", datacontenttype: "text/plain", subject: "a/b?c=d", number: 5, flag: true },
  { data_base64: Buffer.from([0, 255, 10, 128]).toString("base64"), datacontenttype: "image/png" },
  { data: [1, 2], dataschema: "https://example.com/schema#a", partitionkey: "7", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
  { data: "", datacontenttype: "text/plain", id: "an empty text" },
  { id: "without.data", source: "urn:example:1", type: "a.b", number: -1, flag: false },
].map((event) => ({ time: TIME, ...event }));

const ATTRIBUTES = ["id", "source", "type", "specversion", "subject", "time", "dataschema", "partitionkey", "traceparent"];

test("standardwebhooks accepts what was signed, with either secret while they are exchanged, and nothing else", async (t) => {
  const server = await startServer(t);
  const sink = await Sink.start(t);
  const webhook = await createWebhook(server, { sink: sink.url });
  await publish(server, [{ data: "ä€" }]);
  const [first] = await sink.waitFor(1);
  const old = new Webhook(webhook.config.secret);
  assert.equal(old.verify(first.body, first.headers).data, "ä€");

  const { secret } = await ask(server, "POST", webhook, "/rotate-secret");
  await publish(server, [{ data: "again" }]);
  const [, second] = await sink.waitFor(2);
  for (const each of [old, new Webhook(secret)]) assert.equal(each.verify(second.body, second.headers).data, "again");

  const refuses = (body, headers, key = secret) => assert.throws(() => new Webhook(key).verify(body, headers), WebhookVerificationError);
  refuses(first.body, first.headers); // it was signed before the new secret was there
  refuses(Buffer.concat([second.body, Buffer.from(" ")]), second.headers);
  refuses(second.body, { ...second.headers, "webhook-id": "msg_other" });
  refuses(second.body, { ...second.headers, "webhook-timestamp": `${Number(second.headers["webhook-timestamp"]) + 1}` });
  refuses(second.body, second.headers, `whsec_${Buffer.alloc(32).toString("base64")}`);
});

test("a v1a signature is one of ed25519 by the public key that is shown", async (t) => {
  const server = await startServer(t);
  const sink = await Sink.start(t);
  const webhook = await createWebhook(server, { sink: sink.url, config: { signature: "v1a" } });
  const { public_key: old } = (await ask(server, "GET", webhook)).status;
  assert.match(old, /^whpk_/);
  await publish(server, [{ data: 1 }]);
  const [first] = await sink.waitFor(1);
  assert.equal(accepting(old, first), 1);
  assert.equal(accepting(old, { ...first, body: Buffer.concat([first.body, Buffer.from(" ")]) }), 0);

  const { public_key: rotated } = await ask(server, "POST", webhook, "/rotate-secret");
  assert.notEqual(rotated, old);
  assert.equal((await ask(server, "GET", webhook)).status.public_key, rotated);
  await publish(server, [{ data: 2 }]);
  const [, second] = await sink.waitFor(2);
  assert.equal(second.headers["webhook-signature"].split(" ").length, 2);
  for (const key of [old, rotated]) assert.equal(accepting(key, second), 1);
});

/** How many signatures of a delivery fit a public key. */
function accepting(whpk, { headers, body }) {
  const raw = Buffer.from(whpk.slice("whpk_".length), "base64");
  assert.equal(raw.length, 32);
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
  const signatures = headers["webhook-signature"].split(" ").map((one) => one.split(","));
  return signatures.filter(([version, value]) => version === "v1a" && verify(null, signed, key, Buffer.from(value, "base64"))).length;
}

for (const mode of ["structured", "binary", "batch"]) {
  test(`the CloudEvents SDK reads deliveries in mode ${mode}, and the events are what was published`, async (t) => {
    const server = await startServer(t);
    const sink = await Sink.start(t);
    const webhook = await createWebhook(server, { sink: sink.url, config: { mode, batch: { max: EVENTS.length, wait: 60 } } });
    const sent = await publish(server, EVENTS);
    const deliveries = await sink.waitFor(mode === "batch" ? 1 : sent.length);
    const read = deliveries.map(({ headers, body }) => {
      // It signs texts, so octets that are none fit no signature.
      if (isText(headers)) new Webhook(webhook.config.secret).verify(body, headers, { jsonParse: false });
      const events = [HTTP.toEvent({ headers, body: isText(headers) ? body.toString() : body })].flat();
      return events.map((event) => [event.id, { event, areHeaders: "ce-id" in headers }]);
    });
    const events = new Map(read.flat());
    assert.deepEqual([...events.keys()].sort(), sent.map((event) => event.id).sort());
    for (const event of sent) same(events.get(event.id), event);
    assert.equal([...events.values()].filter(({ areHeaders }) => areHeaders).length, mode === "binary" ? 4 : 0);
  });
}

const isText = (headers) => /json|^text/.test(headers["content-type"]);

function same({ event: read, areHeaders }, event) {
  for (const name of ATTRIBUTES) assert.equal(read[name], event[name], `${event.id}: ${name}`);
  // Headers know texts alone.
  for (const name of ["number", "flag"]) {
    assert.equal(read[name], name in event && areHeaders ? `${event[name]}` : event[name], `${event.id}: ${name}`);
  }
  assert.equal(read.datacontenttype, event.datacontenttype ?? ("data" in event ? "application/json" : undefined));
  if (event.data_base64) assert.equal(read.data_base64, event.data_base64);
  else assert.deepEqual(read.data || undefined, event.data || undefined, event.id); // to the SDK an empty text may be no data
}

test("every document that is delivered is as the schema of CloudEvents says", async (t) => {
  const server = await startServer(t);
  const [structured, batch] = [await Sink.start(t), await Sink.start(t)];
  const webhooks = [
    await createWebhook(server, { sink: structured.url }),
    await createWebhook(server, { sink: batch.url, config: { mode: "batch", batch: { max: EVENTS.length, wait: 60 } } }),
  ];
  const sent = await publish(server, EVENTS);
  for (const webhook of webhooks) assert.equal((await ask(server, "POST", webhook, "/test")).outcome, "delivered");
  const documents = (await structured.waitFor(sent.length + 1)).map(({ headers, body }) => {
    assert.equal(headers["content-type"], "application/cloudevents+json");
    return JSON.parse(body);
  });
  const batches = (await batch.waitFor(2)).map(({ headers, body }) => {
    assert.equal(headers["content-type"], "application/cloudevents-batch+json");
    return JSON.parse(body);
  });
  for (const all of [documents, batches.flat()]) assert.equal(all.find(({ id }) => id === "an empty text").data, "");
  const fits = schema();
  for (const event of [...documents, ...batches.flat()]) assert.ok(fits(event), `${JSON.stringify(event)}: ${JSON.stringify(fits.errors)}`);
  assert.equal(batches.flat().length, sent.length + 1);
  for (const wrong of [{ id: "" }, { source: "a b" }, { time: "yesterday" }, { type: undefined }, { dataschema: "no" }]) {
    assert.ok(!fits({ ...documents[0], ...wrong }), `the schema refuses ${JSON.stringify(wrong)}`);
  }
});

function schema() {
  const ajv = new Ajv({ allowUnionTypes: true });
  addFormats(ajv);
  return ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
}
