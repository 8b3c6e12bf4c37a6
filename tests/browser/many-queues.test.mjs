// Ten thousand queues whose figures change: the list stays smooth, and the page does not grow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { eventually, Server } from "./harness.mjs";
import { isLive, open, useChromium } from "./page.mjs";

useChromium();

const QUEUES = 10_000;
/** Queues that get a message each second: a fifth, in turns, so that all of them change within five seconds. */
const CHANGED = 2_000;
const WATCHED_MS = 30_000;
/** Beyond this a person notices that the page is busy with one thing. */
const LONG_TASK_MS = 100;
/**
 * So many tasks may be long, of one second's figures in two: a machine that is busy with other things stretches some, a
 * page that is slow is slow with every second's figures.
 */
const LONG_TASKS = WATCHED_MS / 1000 / 2;
/** What a heap may grow by while nothing is added: what the engine keeps for itself moves by more than one MiB. */
const GROWTH_OCTETS = 4 * 1024 * 1024;

const nameOf = (number) => `load.${String(number % 100).padStart(2, "0")}.${number}`;
const frame = (command, headers, body = "") =>
  `${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("")}\n${body}\0`;

/** A bare STOMP connection: a test of the page should not wait for a client to be clever. */
async function connect(t, server) {
  const socket = new WebSocket(server.ws, ["v12.stomp"]);
  t.after(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const connected = new Promise((resolve) => socket.once("message", resolve));
  socket.send(frame("CONNECT", { "accept-version": "1.2", host: "/", login: "guest", passcode: "guest" }));
  await connected;
  return socket;
}

/** One message to each of these queues, which declares those that are not there. */
function sendTo(socket, numbers) {
  for (const number of numbers) socket.send(frame("SEND", { destination: `/queue/${nameOf(number)}` }, "x"));
}

const range = (from, count) => Array.from({ length: count }, (_, index) => (from + index) % QUEUES);

async function heap(session) {
  for (let round = 0; round < 3; round += 1) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value;
}

test("ten thousand queues that change are shown without a pause and without growing", { timeout: 180_000 }, async (t) => {
  const server = await Server.start(t);
  const socket = await connect(t, server);
  sendTo(socket, range(0, QUEUES));
  await eventually("all queues are there", async () => {
    const overview = await (await server.api("GET", "/api/overview")).json();
    return overview.object_totals.queues === QUEUES;
  });

  const { page, problems } = await open(t, `${server.origin}/#/queues?sort=ready`);
  await isLive(page);
  await page.locator("[data-testid=queue-count]", { hasText: "10,000" }).waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");

  let next = 0;
  const load = setInterval(() => {
    sendTo(socket, range(next, CHANGED / 10));
    next += CHANGED / 10;
  }, 100);
  t.after(() => clearInterval(load));
  // The first figures of every row: from then on nothing is added, only changed.
  await page.waitForFunction(() => Number(document.querySelector("[data-field=ready].number:not(th)")?.textContent) >= 3);

  const before = await heap(session);
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longTasks.push(Math.round(entry.duration));
    }).observe({ type: "longtask" });
  });
  const deadline = performance.now() + WATCHED_MS;
  const box = page.getByTestId("queue-table");
  let seen = 0;
  while (performance.now() < deadline) {
    // Somebody looks around meanwhile.
    await box.hover();
    await page.mouse.wheel(0, 1_500 * (seen % 2 === 0 ? 1 : -1));
    await page.mouse.move(5, 5);
    await new Promise((resolve) => setTimeout(resolve, 500)); // the page is watched for a time, not waited for
    seen += 1;
  }
  const longest = await page.evaluate(() => globalThis.longTasks.sort((a, b) => b - a));
  const after = await heap(session);
  const rows = await page.locator("[data-testid=queue-row]").count();
  t.diagnostic(`long tasks: ${longest.slice(0, 8).join(", ") || "none"} ms; heap ${before} -> ${after}; ${rows} rows drawn`);
  await isLive(page);
  const long = longest.filter((duration) => duration > LONG_TASK_MS);
  assert.ok(long.length <= LONG_TASKS, `the page was busy too long ${long.length} times: ${long.join(", ")} ms`);
  assert.ok(after - before < GROWTH_OCTETS, `the heap grew by ${after - before} octets`);
  assert.ok(rows < 100, `${rows} rows are drawn`);
  assert.deepEqual(problems, []);
});
