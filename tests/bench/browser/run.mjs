// How fast the client receives in Chromium, beside @stomp/stompjs in the same page and run.

import { createServer } from "node:http";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { chromium } from "playwright-core";
import sirv from "sirv";
import { WebSocket } from "ws";
import { clientPackage, root } from "../../../scripts/lib/paths.mjs";
import { connect } from "../../../wasm-client/pkg/index.js";
import { startGateway } from "./gateway.mjs";
import { report } from "./report.mjs";

const [OURS, THEIRS] = ["@wharf/client", "@stomp/stompjs"];
const BODY = "x".repeat(1024);
const ROUNDS = 7;
/** Messages of one round. */
const REPLAYED = 40_000;
const DRAINED = 20_000;
/** Different messages that are said over and over. */
const RECORDED = 2_000;

/** Prints the table. `binary` is the gateway, `executablePath` the browser. */
export async function benchBrowser(binary, executablePath) {
  const site = await serve();
  const gateway = await startGateway(binary, site.origin);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/?gateway=${encodeURIComponent(gateway.ws)}`);
    await page.waitForFunction(() => globalThis.bench);
    report(await measure(page, await page.context().newCDPSession(page), gateway.ws));
  } finally {
    await browser.close();
    gateway.stop();
    site.close();
  }
}

async function measure(page, session, ws) {
  const filler = await connect(ws, { login: "guest", passcode: "guest", WebSocket });
  await session.send("Performance.enable");
  const rows = [];
  for (const ack of ["auto", "client-individual"]) {
    await recordBoth(page, filler, ack);
    rows.push(await compare(`replayed, ${ack}`, REPLAYED, (name) => replay(page, name, ack)));
    rows.push(await compare(`from a queue, ${ack}`, DRAINED, (name) => drain(page, session, filler, name, ack)));
  }
  await filler.close();
  return rows;
}

/** The middle of all rounds, which alternate, so that what else the machine does meets both. */
async function compare(scenario, count, round) {
  const rounds = { [OURS]: [], [THEIRS]: [] };
  for (const name of [OURS, THEIRS]) await round(name); // once for nothing: the engine compiles what is hot
  for (let number = 0; number < ROUNDS; number += 1) {
    for (const name of number % 2 === 0 ? [OURS, THEIRS] : [THEIRS, OURS]) rounds[name].push(await round(name));
  }
  const of = (name) => ({
    rate: (count * 1_000) / median(rounds[name].map(({ milliseconds }) => milliseconds)),
    thread: (median(rounds[name].map(({ busy }) => busy)) * 1_000) / count,
  });
  return { scenario, ours: of(OURS), theirs: of(THEIRS) };
}

async function recordBoth(page, filler, ack) {
  for (const name of [OURS, THEIRS]) {
    await fill(filler, "recorded", RECORDED);
    await page.evaluate(([name, ack, count]) => globalThis.bench.record(name, ack, "recorded", count), [name, ack, RECORDED]);
  }
}

/** All the while the thread does nothing else. */
async function replay(page, name, ack) {
  const milliseconds = await page.evaluate(([name, ack, count]) => globalThis.bench.replay(name, ack, count), [name, ack, REPLAYED]);
  return { milliseconds, busy: milliseconds };
}

async function drain(page, session, filler, name, ack) {
  await fill(filler, "filled", DRAINED);
  return timed(session, () => page.evaluate(([name, ack, count]) => globalThis.bench.drain(name, ack, "filled", count), [name, ack, DRAINED]));
}

/** What `run` says it took, and how long the page's thread was busy, both in milliseconds. */
async function timed(session, run) {
  const before = await busy(session);
  const milliseconds = await run();
  return { milliseconds, busy: await busy(session) - before };
}

async function busy(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1_000;
}

async function fill(client, queue, count) {
  const WINDOW = 500;
  for (let sent = 0; sent < count; sent += WINDOW) {
    await Promise.all(Array.from({ length: Math.min(WINDOW, count - sent) }, () => client.publish(`/queue/${queue}`, BODY)));
    await setImmediate();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The page, both clients, from one origin. */
async function serve() {
  const directories = Object.entries({
    "/client": clientPackage,
    "/stompjs": join(root, "node_modules", "@stomp", "stompjs"),
    "": join(import.meta.dirname, "page"),
  }).map(([prefix, directory]) => ({ prefix, files: sirv(directory, { dev: true }) }));
  const server = createServer((request, response) => {
    const { prefix, files } = directories.find(({ prefix }) => request.url.startsWith(`${prefix}/`));
    request.url = request.url.slice(prefix.length);
    files(request, response, () => response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
