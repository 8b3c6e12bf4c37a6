// Sinks for webhooks, and webhooks that deliver to them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { eventually, Server, within } from "./harness.mjs";

/** Sinks of tests are on this machine. */
export const ON_LOOPBACK = 'webhooks.allowed_networks = ["127.0.0.0/8"]\n';

/** A server that may deliver to this machine. `webhooks` is more of that section. */
export const startServer = (t, webhooks = "") => Server.start(t, { config: ON_LOOPBACK + webhooks });

/** A new secret in the form of Standard Webhooks. */
export const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** A place that webhooks are delivered to. It notes requests, `{ headers, body }`, and answers each with what `answer` resolves to. */
export class Sink {
  #server;
  #isTls;
  received = [];

  /** With `tls`, the options of `node:https`, it is on https. */
  static async start(t, { answer = () => 204, tls } = {}) {
    const sink = new Sink();
    const handle = async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const received = { headers: request.headers, body: Buffer.concat(parts) };
      response.writeHead(await answer(received)).end();
      sink.received.push(received);
    };
    sink.#isTls = Boolean(tls);
    sink.#server = tls ? createTlsServer(tls, handle) : createServer(handle);
    sink.#server.listen(0, "127.0.0.1");
    t.after(() => {
      sink.#server.close();
      sink.#server.closeAllConnections();
    });
    await within(new Promise((resolve) => sink.#server.once("listening", resolve)), "the sink listens");
    return sink;
  }

  get url() {
    return `${this.#isTls ? "https" : "http"}://127.0.0.1:${this.#server.address().port}/hook`;
  }

  /** What came, once it is so many requests. */
  waitFor(count) {
    return eventually(`the sink gets ${count} requests`, () => this.received.length >= count && this.received);
  }
}

/** Defines a webhook. */
export async function createWebhook(server, { sink, source = "/topic/orders.#", config = {} }) {
  const answer = await server.api("POST", "/api/subscriptions", { source, sink, protocol: "HTTP", config });
  assert.equal(answer.status, 201, await answer.clone().text());
  return answer.json();
}

/** What the API answers about a webhook: nothing, "/test", "/attempts?...". */
export async function ask(server, method, webhook, path = "") {
  const answer = await server.api(method, `/api/subscriptions/${webhook.id}${path}`);
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

/** Publishes events, each with what is not said of it. Returns them as they were sent. */
export async function publish(server, events, destination = "/topic/orders.eu") {
  const whole = events.map((event, index) => ({ specversion: "1.0", id: `${index}`, source: "/shop", type: "order.placed", ...event }));
  const answer = await fetch(`${server.origin}/events${destination}`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("guest:guest")}`, "content-type": "application/cloudevents-batch+json" },
    body: JSON.stringify(whole),
  });
  assert.equal(answer.status, 202, await answer.clone().text());
  return whole;
}
