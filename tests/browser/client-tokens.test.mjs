// Tokens: who is asked for them, when, and what happens to those that are refused or expire.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { connect, WharfError } from "../../wasm-client/pkg/index.js";
import { connected, heard, Proxy, SOON, statesOf, withCode } from "./client-support.mjs";
import { eventually, Server, within } from "./harness.mjs";
import { politely, scriptedSocket } from "./scripted-socket.mjs";

/** A JWT that nobody signed, for the client reads only when it expires. */
const jwt = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;

/** Connects to a script. */
async function scripted(t, answer, options) {
  const client = await within(connect("ws://127.0.0.1/", { WebSocket: scriptedSocket(answer), ...options }), "a connection");
  t.after(() => client.close());
  return client;
}

test("the provider is asked before every log-in", async (t) => {
  const server = await Server.start(t);
  const proxy = await Proxy.start(t, server);
  let asked = 0;
  const token = async () => (asked += 1) && "guest";
  const client = await connected(t, proxy, { passcode: undefined, token, reconnect: SOON });
  assert.equal(asked, 1);
  const states = statesOf(client);
  proxy.cut();
  await eventually("it is connected again", () => states.at(-1) === "connected");
  assert.equal(asked, 2);
});

test("a refused token ends the loop", async (t) => {
  const server = await Server.start(t);
  let asked = 0;
  const states = [];
  const options = { WebSocket, login: "guest", token: () => `wrong ${(asked += 1)}`, onStateChange: (state) => states.push(state) };
  await assert.rejects(within(connect(server.ws, options), "the refusal"), withCode("auth-failed", false));
  assert.deepEqual([states, asked], [["connecting", "closed"], 1]);
});

test("a provider that fails is asked again, until it says that it makes no sense", async (t) => {
  const failures = [new Error("no network"), new WharfError("own", "try later", true)];
  const seen = [];
  const token = () => {
    if (failures.length > 0) throw failures.shift();
    return "token";
  };
  const answer = (frame) => {
    seen.push(frame.headers.passcode);
    return politely(frame);
  };
  const states = [];
  await scripted(t, answer, { token, reconnect: SOON, onStateChange: (state) => states.push(state) });
  assert.deepEqual(seen, ["token"]);
  assert.deepEqual(states, ["connecting", "waiting", "connecting", "waiting", "connecting", "connected"]);

  const signedOut = () => Promise.reject(new WharfError("signed-out", "the user went away"));
  const refused = connect("ws://127.0.0.1/", { WebSocket: scriptedSocket(politely), token: signedOut });
  await assert.rejects(within(refused, "the end"), withCode("signed-out", false));
  const odd = connect("ws://127.0.0.1/", { WebSocket: scriptedSocket(politely), token: () => 7, reconnect: false });
  await assert.rejects(within(odd, "the end"), withCode("token-failed", true));
});

test("a server of ours gets the new token before the old one expires", async (t) => {
  const [first, second] = [1, 3600].map((life) => jwt({ exp: Date.now() / 1000 + life }));
  const tokens = [first, second];
  const frames = [];
  const answer = (frame) => {
    frames.push(frame);
    return politely(frame, "x-soft-errors:true\n");
  };
  const client = await scripted(t, answer, { token: () => tokens.shift() });
  const states = statesOf(client);
  await eventually("the new one is handed over", () => frames.some(({ headers }) => headers.destination === "/control/auth"));
  assert.deepEqual(frames.map(({ verb }) => verb), ["CONNECT", "SEND"]);
  assert.deepEqual([frames[0].headers.passcode, frames[1].body], [first, second]);
  assert.deepEqual(states, []);
});

test("where the server does not take a new token a new connection is made with it, in peace", async (t) => {
  const server = await Server.start(t);
  const lives = [2_000, 3_600_000];
  let asked = 0;
  const token = () => ({ token: "guest", expiresAt: new Date(Date.now() + lives[asked++]) });
  const client = await connected(t, server, { passcode: undefined, token });
  const errors = [];
  client.on("error", (error) => errors.push(error));
  const { messages } = await heard(client, "/queue/renewed");
  await eventually("it is asked again", () => asked === 2);
  await within(client.publish("/queue/renewed", "x"), "the next publish");
  assert.equal((await messages.next("the message")).text, "x");
  // The message may have come before the server refused the token.
  await eventually("there is another connection", () => client.inspect().epoch === 2 && client.state === "connected");
  assert.deepEqual(errors, []);
});

test("a server that knows nothing of it sees a new log-in, and what was published meanwhile arrives", async (t) => {
  const verbs = [];
  const logIns = [];
  const answer = (frame) => {
    verbs.push(frame.verb);
    if (frame.verb === "CONNECT") logIns.push(frame.headers.passcode);
    return politely(frame);
  };
  const tokens = [{ token: "one", expiresAt: Date.now() + 1_000 }, "two"];
  const client = await scripted(t, answer, { token: () => tokens.shift() });
  const [states, errors] = [statesOf(client), []];
  client.on("error", (error) => errors.push(error));
  await eventually("it connects again", () => states.includes("connected"));
  await within(client.publish("/queue/q", "x"), "the next publish");
  assert.deepEqual(verbs, ["CONNECT", "DISCONNECT", "CONNECT", "SEND"]);
  assert.deepEqual([logIns, states, errors], [["one", "two"], ["connecting", "connected"], []]);
});
