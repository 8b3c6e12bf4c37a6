// The CloudEvents SDK for JavaScript as a sender: what it writes is read, and what comes of it is an event to it again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from "cloudevents";
import { Server } from "./harness.mjs";

const AUTHORIZATION = `Basic ${Buffer.from("guest:guest").toString("base64")}`;

/** The message at the head of a queue, as the SDK would get it over HTTP. */
async function read(server, queue) {
  const answer = await server.api("POST", `/api/queues/%2F/${queue}/get`, { count: 1, ackmode: "ack_requeue_false" });
  const [{ payload, payload_encoding, properties }] = await answer.json();
  const headers = { ...properties.headers };
  if (properties.content_type) headers["content-type"] = properties.content_type;
  return HTTP.toEvent({ headers, body: payload_encoding === "base64" ? Buffer.from(payload, "base64") : payload });
}

const EVENTS = [
  { subject: "a/b?c=d", time: "2018-04-26T14:48:09.120Z", datacontenttype: "application/json", data: { item: "rope", n: 1.5 } },
  { datacontenttype: "text/plain", data: "plain text", note: "more" },
  { dataschema: "https://example.com/schema", partitionkey: "7", data: [1, 2] },
];

for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
  test(`events of the SDK in ${mode} mode arrive as they were sent`, async (t) => {
    const server = await Server.start(t);
    const emit = emitterFor(
      async (message) => {
        const answer = await fetch(`${server.origin}/events/queue/sdk`, {
          method: "POST",
          headers: { ...message.headers, authorization: AUTHORIZATION },
          body: message.body,
        });
        assert.equal(answer.status, 202, await answer.clone().text());
        return answer.json();
      },
      { mode },
    );
    for (const [index, attributes] of EVENTS.entries()) {
      const event = new CloudEvent({ id: String(index), source: "/shop", type: "order.placed", ...attributes });
      assert.deepEqual(await emit(event), { source: "/shop", id: String(index), routed: 1 });
      const back = await read(server, "sdk");
      for (const name of ["id", "source", "type", "specversion", "subject", "time", "dataschema", "note", "partitionkey"]) {
        assert.equal(back[name], event[name], name);
      }
      assert.deepEqual(back.data, event.data);
    }
  });
}

test("the SDK's own transport is told what is wrong", async (t) => {
  const server = await Server.start(t);
  const send = httpTransport(`${server.origin}/events/queue/sdk`);
  const event = new CloudEvent({ id: "1", source: "/shop", type: "order.placed", data: "x" });
  const answer = await send({ ...HTTP.binary(event), headers: { ...HTTP.binary(event).headers, "ce-specversion": "0.3", authorization: AUTHORIZATION } });
  assert.match(JSON.parse(answer.body).reason, /"specversion": only version "1.0"/);
});
