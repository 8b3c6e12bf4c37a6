// Receives webhooks of Wharf, with nothing but Node 20:
//
//   WEBHOOK_SECRET=whsec_... node node.mjs
//
// It refuses what is not signed with that secret, takes every event once, and prints it. WEBHOOK_SECRET may hold several secrets, separated by
// blanks: the new one and the last one while a secret is rotated, or a public key (whpk_...) where the signature is v1a.

import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { createServer } from "node:http";

const PORT = Number(process.env.PORT ?? 9000);
const KEYS = (process.env.WEBHOOK_SECRET ?? "").split(/\s+/).filter((key) => /^(whsec|whpk)_./.test(key));
if (KEYS.length === 0) throw new Error("WEBHOOK_SECRET has to be whsec_... or whpk_...");

/** Seconds by which the sender's clock may differ. What is older may be a copy that somebody sends again. */
const TOLERANCE = 5 * 60;

/** Octets of a request: more is not read. */
const LARGEST = 32 * 1024 * 1024;

/** Events that are remembered, so that one that comes twice is taken once. */
const REMEMBERED = 10_000;

/** What came of events, by name. */
const seen = new Map();

/** What is to be done with an event. When it throws, the answer is 500, and the event comes again later. */
async function handle(event) {
  console.log(JSON.stringify(event));
}

const server = createServer(async (request, response) => {
  try {
    response.writeHead(await answer(request, response)).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(PORT, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));

/** The status of the answer. Wharf takes 2xx for "delivered", and tries again after most others. */
async function answer(request, response) {
  if (request.method === "OPTIONS") return consent(request, response);
  if (request.method !== "POST") return 405;
  const body = await read(request);
  if (body === null) return 413;
  if (!isGenuine(request.headers, body)) return 401;
  for (const event of eventsOf(request.headers, body)) await once(event);
  return 204;
}

/** Handles an event unless it was, or is just being, handled. */
async function once(event) {
  // Source and id together name an event. The header webhook-id names a delivery: of a batch it may be another when it is sent again.
  const name = JSON.stringify([event.source, event.id]);
  if (!seen.has(name)) {
    seen.set(name, handle(event));
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value);
  }
  try {
    await seen.get(name);
  } catch (error) {
    seen.delete(name);
    throw error;
  }
}

/** The answer to the question whether events are wanted: only where config.verification is "required". */
function consent(request, response) {
  response.setHeader("WebHook-Allowed-Origin", request.headers["webhook-request-origin"] ?? "*");
  response.setHeader("WebHook-Allowed-Rate", "*");
  return 200;
}

/** The octets of the body; null if there are too many. The signature is over exactly these, so nothing may parse them first. */
async function read(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > LARGEST) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Whether somebody who knows one of our secrets has sent this, just now (Standard Webhooks 1.0). */
function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !/^\d{1,12}$/.test(timestamp ?? "")) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  return signatures.split(" ").some((signature) => KEYS.some((key) => fits(key, signature, signed)));
}

function fits(key, signature, signed) {
  const [version, value] = signature.split(",");
  const given = Buffer.from(value ?? "", "base64");
  if (version === "v1" && key.startsWith("whsec_")) {
    const expected = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64")).update(signed).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
  if (version === "v1a" && key.startsWith("whpk_")) {
    const x = Buffer.from(key.slice("whpk_".length), "base64").toString("base64url");
    return verify(null, signed, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), given);
  }
  return false;
}

/** The events of a request, in any of the three modes of a webhook. */
function eventsOf(headers, body) {
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/cloudevents-batch+json")) return JSON.parse(body);
  if (type.startsWith("application/cloudevents+json")) return [JSON.parse(body)];
  return [binary(headers, type, body)];
}

/** Attributes are headers, which the signature does not cover: believe them only over TLS. */
function binary(headers, datacontenttype, body) {
  const attributes = Object.entries(headers).filter(([name]) => name.startsWith("ce-"));
  const event = Object.fromEntries(attributes.map(([name, value]) => [name.slice("ce-".length), decoded(value)]));
  const isJson = /^[^;]*[/+]json\s*(;|$)/.test(datacontenttype);
  return { ...event, datacontenttype, ...(isJson ? { data: JSON.parse(body) } : { data_base64: body.toString("base64") }) };
}

/** With config.header_encoding "raw" a percent sign may be one. */
function decoded(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
