// What the tests of the packed client share: clients that end with their test, and a wire that can be cut.

import assert from "node:assert/strict";
import { connect as connectSocket, createServer } from "node:net";
import { WebSocket } from "ws";
import { connect, WharfError } from "../../wasm-client/pkg/index.js";
import { Arrivals, eventually, within } from "./harness.mjs";

export const GUEST = { login: "guest", passcode: "guest", WebSocket };

/** Quick enough for tests, and spread as it is by default. */
export const SOON = { initialDelay: 20, maxDelay: 100 };

/** A client that is closed with the test. `to` is a server, or a proxy. */
export async function connected(t, to, options = {}) {
  const client = await within(connect(to.ws, { ...GUEST, ...options }), "a connection");
  t.after(() => client.close());
  return client;
}

/** A callback subscription whose messages can be waited for. */
export async function heard(client, destination, options) {
  const messages = new Arrivals();
  const subscription = client.subscribe(destination, messages.push, options);
  await within(subscription.ready, `the subscription to ${destination}`);
  return { messages, subscription };
}

/** Says of an error whether it is the client's, with this code. */
export const withCode = (code, retryable) => (error) => {
  assert.ok(error instanceof WharfError, `a WharfError, not ${error}`);
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.length > 0);
  if (retryable !== undefined) assert.equal(error.retryable, retryable);
  return true;
};

/** Notes every change of state, so that a test can say that there was none. */
export function statesOf(client) {
  const states = [];
  client.on("state", (state) => states.push(state));
  return states;
}

/** Waits until a queue has so many messages, waiting or delivered. */
export function depth(server, name, messages) {
  return eventually(`${name} has ${messages} messages`, async () => ((await server.queue(name))?.messages ?? 0) === messages);
}

/** Takes all that waits in a queue, as texts. */
export async function drained(client, server, name) {
  const { messages } = await server.queue(name);
  const { messages: arrivals, subscription } = await heard(client, `/queue/${name}`);
  const texts = [];
  while (texts.length < messages) texts.push((await arrivals.next("a message that waits")).text);
  await within(subscription.unsubscribe(), "the end of the subscription");
  return texts;
}

/** A wire between a client and a server, either direction of which can be held, and which can be cut. */
export class Proxy {
  #sockets = new Set();
  #held = { up: false, down: false };
  #isBroken = false;
  #listener;
  #target;

  static async start(t, server) {
    const proxy = new Proxy();
    proxy.#target = server;
    proxy.#listener = createServer((socket) => proxy.#join(socket)).listen(0, "127.0.0.1");
    await within(new Promise((resolve) => proxy.#listener.once("listening", resolve)), "the proxy listens");
    t.after(() => {
      proxy.#listener.close();
      proxy.cut();
    });
    return proxy;
  }

  get ws() {
    return `ws://127.0.0.1:${this.#listener.address().port}/ws`;
  }

  /** From now on nothing gets through to the server (`up`) or to the client (`down`); what comes is lost. */
  hold(direction) {
    this.#held[direction] = true;
  }

  /** Cuts all connections, and refuses new ones until it is mended. */
  break() {
    this.#isBroken = true;
    this.cut();
  }

  mend() {
    this.#isBroken = false;
  }

  /** Cuts all connections; new ones get through, and nothing of theirs is held. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    this.#held = { up: false, down: false };
  }

  #join(client) {
    if (this.#isBroken) {
      client.destroy();
      return;
    }
    const server = connectSocket(this.#target.port, "127.0.0.1");
    const pipe = (from, to, direction) => {
      this.#sockets.add(from);
      from.on("data", (octets) => this.#held[direction] || to.write(octets));
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    };
    pipe(client, server, "up");
    pipe(server, client, "down");
  }
}
