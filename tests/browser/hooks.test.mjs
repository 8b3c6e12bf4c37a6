// The library of Standard Webhooks as a sender: what it signs is believed, once, and nothing else is.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Server } from "./harness.mjs";

const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const OTHER = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

async function define(server, verification) {
  const definition = { destination: "/queue/hooked", verification, mapping: { type: "{body:/type}" } };
  const answer = await server.api("PUT", "/api/hooks/%2F/shop", definition);
  assert.ok([201, 204].includes(answer.status), await answer.text());
}

async function deliver(server, id, signature, body, time = new Date(), prefix = "webhook") {
  const headers = {
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(time.getTime() / 1000)),
    [`${prefix}-signature`]: signature,
    "content-type": "application/json",
  };
  return fetch(`${server.origin}/hooks/%2F/shop`, { method: "POST", headers, body });
}

async function read(server) {
  const answer = await server.api("POST", "/api/queues/%2F/hooked/get", { count: 10, ackmode: "ack_requeue_false" });
  return answer.json();
}

test("what the library signs is an event, once", async (t) => {
  const server = await Server.start(t);
  await define(server, { scheme: "standard", secret: SECRET });
  const body = JSON.stringify({ type: "contact.created", data: { name: "Zoë €" } });
  const now = new Date();
  const signature = new Webhook(SECRET).sign("msg_1", now, body);
  for (const duplicate of [false, true]) {
    const answer = await deliver(server, "msg_1", signature, body, now);
    assert.deepEqual([answer.status, await answer.json()], [202, { id: "msg_1", duplicate }]);
  }
  const named = await deliver(server, "msg_2", new Webhook(SECRET).sign("msg_2", now, body), body, now, "svix");
  assert.equal(named.status, 202);
  const messages = await read(server);
  assert.deepEqual(messages.map((message) => message.payload), [body, body]);
  assert.equal(messages[0].properties.headers["ce-type"], "contact.created");
  assert.equal(messages[0].properties.headers["ce-source"], "/hooks/%2F/shop");
});

test("another secret, another time and another body are not believed", async (t) => {
  const server = await Server.start(t);
  await define(server, { scheme: "standard", secret: SECRET });
  const now = new Date();
  const old = new Date(now.getTime() - 6 * 60 * 1000);
  for (const [signature, body, time] of [
    [new Webhook(OTHER).sign("msg_1", now, "{}"), "{}", now],
    [new Webhook(SECRET).sign("msg_1", old, "{}"), "{}", old],
    [new Webhook(SECRET).sign("msg_1", now, "{}"), "{ }", now],
    [new Webhook(SECRET).sign("msg_2", now, "{}"), "{}", now],
  ]) {
    assert.equal((await deliver(server, "msg_1", signature, body, time)).status, 401);
  }
  const hook = await (await server.api("GET", "/api/hooks/%2F/shop")).json();
  assert.deepEqual([hook.status.accepted, hook.status.refused], [0, 4]);
});

test("while secrets are exchanged both are believed, and so is a public key", async (t) => {
  const server = await Server.start(t);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  await define(server, { scheme: "standard", secret: `whpk_${raw.toString("base64")}`, previous_secret: SECRET });
  const now = new Date();
  const seconds = Math.floor(now.getTime() / 1000);
  const old = new Webhook(SECRET).sign("msg_1", now, "{}");
  const made = sign(null, Buffer.from(`msg_2.${seconds}.{}`), privateKey).toString("base64");
  assert.equal((await deliver(server, "msg_1", old, "{}", now)).status, 202);
  assert.equal((await deliver(server, "msg_2", `${old} v1a,${made}`, "{}", now)).status, 202);
  assert.equal((await deliver(server, "msg_3", `v1a,${made}`, "{}", now)).status, 401);
});
