// What pages and workers go through, in Chromium: the network goes and comes, the page sleeps and wakes.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { clientPackage } from "../../scripts/lib/paths.mjs";
import { Proxy } from "./client-support.mjs";
import { PATIENCE, Server, within } from "./harness.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

let browser;
let site;
let origin;

before(async () => {
  const executablePath = process.env.WHARF_CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  site = createServer(serve).listen(0, "127.0.0.1");
  await within(new Promise((resolve) => site.once("listening", resolve)), "the site");
  origin = `http://127.0.0.1:${site.address().port}`;
});

after(async () => {
  await browser?.close();
  site?.close();
});

/** The packed client, and a page and a worker that do what they are told. */
function serve({ url }, response) {
  const path = url === "/" ? "/index.html" : url;
  response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain");
  if (path === "/index.html") return response.end("<!doctype html><title>page</title>");
  if (path === "/worker.js") return response.end(`${WORKER}\nself.onmessage = ({ data }) => run(data);`);
  if (!existsSync(join(clientPackage, path))) return response.writeHead(404).end();
  return response.end(readFileSync(join(clientPackage, path)));
}

/** A server that lets the pages of the site connect. */
const welcoming = (t) => Server.start(t, { config: `[http]\nallowed_origins = ["${origin}"]` });

/** Connects, and notes what the client says of itself; `wakes` has it look at its link. */
const WORKER = `
import { connect } from "/index.js";
async function run(url) {
  const probes = [];
  const debug = ({ kind, text }) => text.includes("probe") && probes.push(kind);
  const client = await connect(url, { login: "guest", passcode: "guest", debug });
  self.dispatchEvent(new Event("online"));
  while (!probes.includes("received")) await new Promise((resolve) => setTimeout(resolve, 5));
  await client.close();
  self.dispatchEvent(new Event("online"));
  self.postMessage([probes.filter((kind) => kind === "sent").length, client.state]);
}`;

/** A page with a client, its states, and the frames with which it looked at its link. */
async function open(t, url, options = {}) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(origin);
  const connected = page.evaluate(
    async ([url, options]) => {
      const { connect } = await import("/index.js");
      globalThis.probes = [];
      globalThis.states = [];
      const debug = ({ kind, text }) => /^(BEGIN|RECEIPT)\n[^]*probe/.test(text) && globalThis.probes.push(kind);
      const onStateChange = (state) => globalThis.states.push(state);
      globalThis.client = await connect(url, { login: "guest", passcode: "guest", debug, onStateChange, ...options });
    },
    [url, { heartBeat: { outgoing: 0, incoming: 0 }, ...options }],
  );
  await within(connected, "a connection");
  return page;
}

const isConnectedAgain = (page) => page.waitForFunction(() => globalThis.states.join().endsWith("connecting,connected") && globalThis.states.length > 2);

test("the network goes, and a link that is dead is noticed without heart-beats", async (t) => {
  const server = await welcoming(t);
  const proxy = await Proxy.start(t, server);
  const page = await open(t, proxy.ws, { reconnect: { initialDelay: 20, maxDelay: 100 } });
  proxy.hold("down");
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  await page.waitForFunction(() => globalThis.states.includes("waiting"));
  proxy.cut();
  await isConnectedAgain(page);
});

test("a link that works is looked at whenever there is reason to doubt it, and stays", async (t) => {
  const server = await welcoming(t);
  const page = await open(t, server.ws);
  const doubts = [["window", "offline"], ["window", "online"], ["window", "pageshow"], ["document", "resume"], ["document", "visibilitychange"]];
  for (const [index, [target, event]] of doubts.entries()) {
    await page.evaluate(([target, event]) => globalThis[target].dispatchEvent(new Event(event)), [target, event]);
    await page.waitForFunction((count) => globalThis.probes.filter((kind) => kind === "received").length === count, index + 1);
  }
  assert.deepEqual(await page.evaluate(() => globalThis.states), ["connecting", "connected"]);
  const after = await page.evaluate(async () => {
    await globalThis.client.close();
    globalThis.probes.length = 0;
    dispatchEvent(new Event("online"));
    return globalThis.probes;
  });
  assert.deepEqual(after, [], "nobody listens any more");
});

test("who waits tries at once when the network or the page is there again", async (t) => {
  const server = await welcoming(t);
  const page = await open(t, server.ws, { reconnect: { initialDelay: 86_400_000, maxDelay: 86_400_000 } });
  for (const event of ["online", "pageshow"]) {
    await server.kill();
    await page.waitForFunction(() => globalThis.states.at(-1) === "waiting");
    await server.start();
    await page.evaluate((event) => dispatchEvent(new Event(event)), event);
    await isConnectedAgain(page);
  }
});

test("a worker looks at its link too, and no more once it is closed", async (t) => {
  const server = await welcoming(t);
  const page = await (await browser.newContext()).newPage();
  t.after(() => page.context().close());
  await page.goto(origin);
  const told = page.evaluate((url) => new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(url);
  }), server.ws);
  assert.deepEqual(await within(told, "the worker's word"), [2, "closed"], "one BEGIN and one ABORT");
});
