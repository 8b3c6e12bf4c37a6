// What the page measures, one round at a time, as the benchmark asks for it.

import { clients } from "./clients.js";
import { recording, Replay, split } from "./replay.js";

/** Octets, and WebSocket messages, handed to a client in one task: enough to make it worth it, few enough for the page to live. */
const SLICE = { octets: 500 * 1024, messages: 500 };
const gateway = new URLSearchParams(location.search).get("gateway");
const records = {};

/** Has the gateway say `count` messages of a queue to a client, and keeps them. Each of `count` must wait there. */
async function record(name, ack, queue, count) {
  const said = [];
  const client = await clients[name](gateway, recording(said));
  await received(client, `/queue/${queue}`, ack, count);
  await client.end();
  records[`${name} ${ack}`] = split(said);
  return records[`${name} ${ack}`].messages.length;
}

/** Says again what was recorded until the client has handled `count`. Returns milliseconds of the page's thread for each `count`. */
async function replay(name, ack, count) {
  const recorded = records[`${name} ${ack}`];
  Replay.recorded = recorded;
  const client = await clients[name](gateway, Replay);
  let handled = 0;
  let octets = 0;
  await client.subscribe("/queue/replayed", ack, (text) => {
    handled += 1;
    octets += text.length;
  });
  const socket = Replay.last;
  const began = performance.now();
  for (let said = 0; handled < count; ) {
    const until = { octets: octets + SLICE.octets, said: said + SLICE.messages };
    for (; octets < until.octets && said < until.said; said += 1) socket.say(recorded.messages[said % recorded.messages.length]);
    await task(); // what a client puts off is part of what it does
  }
  const milliseconds = performance.now() - began;
  await client.end();
  return (milliseconds * count) / handled; // a WebSocket message may hold several
}

/** Takes all that waits in a queue. Returns milliseconds from the subscription to the last message. */
async function drain(name, ack, queue, count) {
  const client = await clients[name](gateway, WebSocket);
  const began = performance.now();
  await received(client, `/queue/${queue}`, ack, count);
  const milliseconds = performance.now() - began;
  await client.end();
  return milliseconds;
}

function received(client, destination, ack, count) {
  let left = count;
  return new Promise((resolve, reject) => {
    const handle = (text) => {
      if (text.length > 0 && --left === 0) resolve();
    };
    Promise.resolve(client.subscribe(destination, ack, handle)).catch(reject);
  });
}

const channel = new MessageChannel();
const task = () => new Promise((resolve) => {
  channel.port1.onmessage = resolve;
  channel.port2.postMessage(null);
});

globalThis.bench = { record, replay, drain };
