// The pages in Chromium: the packed client as any page would use it, and the dashboard.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { PATIENCE, Server, within } from "./harness.mjs";

let browser;

before(async () => {
  const executablePath = process.env.WHARF_CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(() => browser?.close());

/** A page, and what went wrong on it. */
async function open(t, url) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const answered = new Set();
  page.on("response", (response) => {
    answered.add(response.request());
    if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`);
  });
  page.on("requestfailed", (request) => {
    // Chromium also calls a request failed whose answer came, but whose empty body nobody read.
    if (!answered.has(request)) problems.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  await page.goto(url);
  return { page, problems };
}

/** Has the page connect through /client/index.js and keep what it hears on `topic`. */
async function join(page, topic, origin = "") {
  await page.evaluate(
    async ([topic, origin]) => {
      const { connect } = await import(`${origin}/client/index.js`);
      const url = new URL("/ws", origin || location.href);
      url.protocol = "ws:";
      const options = { login: "guest", passcode: "guest", reconnect: { initialDelay: 50, maxDelay: 200 } };
      globalThis.client = await connect(url, options);
      globalThis.heard = [];
      await globalThis.client.subscribe(topic, (message) => globalThis.heard.push(message.text)).ready;
    },
    [topic, origin],
  );
}

const say = (page, topic, text) => page.evaluate(([topic, text]) => globalThis.client.publish(topic, text), [topic, text]);
const hears = (page, text) => page.waitForFunction((text) => globalThis.heard.includes(text), text);
const isLive = (page) => page.locator('[data-testid=state][data-kind=live]').waitFor();
const row = (page, name) => page.locator(`[data-testid=queue-row][data-name="${name}"]`);

/** Waits until a number in a queue's row is this, and returns after how many milliseconds. */
async function shows(page, name, field, text, timeout = PATIENCE) {
  const start = performance.now();
  await page.waitForFunction(
    ([name, field, text]) =>
      document.querySelector(`[data-testid=queue-row][data-name="${name}"] [data-field=${field}]`)?.textContent === text,
    [name, field, text],
    { timeout, polling: 20 },
  );
  return performance.now() - start;
}

test("two pages exchange messages through the client", async (t) => {
  const server = await Server.start(t);
  const [one, two] = [await open(t, server.origin), await open(t, server.origin)];
  for (const { page } of [one, two]) await join(page, "/topic/chat.#");
  await say(one.page, "/topic/chat.one", "hello from one, grüße €");
  await say(two.page, "/topic/chat.two", "hello from two");
  for (const { page, problems } of [one, two]) {
    await hears(page, "hello from one, grüße €");
    await hears(page, "hello from two");
    assert.deepEqual(problems, []);
  }
});

test("both pages recover when the server was killed and is there again", async (t) => {
  const server = await Server.start(t);
  const pages = [(await open(t, server.origin)).page, (await open(t, server.origin)).page];
  for (const page of pages) {
    await join(page, "/topic/chat");
    await isLive(page);
  }
  await server.kill();
  for (const page of pages) {
    await page.waitForFunction(() => globalThis.client.state !== "connected");
    await page.locator('[data-testid=state]:not([data-kind=live])').waitFor();
  }
  await server.start();
  for (const page of pages) {
    await page.waitForFunction(() => globalThis.client.state === "connected");
    await isLive(page); // the dashboard too, with its own connection
  }
  await say(pages[0], "/topic/chat", "one is back");
  await say(pages[1], "/topic/chat", "two is back");
  for (const page of pages) {
    await hears(page, "one is back");
    await hears(page, "two is back");
  }
});

test("a page of another site may use the client only where it is listed", async (t) => {
  const site = createServer((request, response) => response.setHeader("content-type", "text/html").end("<title>shop</title>"));
  t.after(() => site.close());
  await within(new Promise((resolve) => site.listen(0, "127.0.0.1", resolve)), "the site listens");
  const shop = `http://127.0.0.1:${site.address().port}`;

  const welcoming = await Server.start(t, { config: `[http]\nallowed_origins = ["${shop}"]` });
  const { page, problems } = await open(t, shop);
  await join(page, "/topic/shop", welcoming.origin);
  await say(page, "/topic/shop", "sold");
  await hears(page, "sold");
  assert.deepEqual(problems, []);

  const strict = await Server.start(t);
  const other = (await open(t, shop)).page;
  const code = await other.evaluate(async (origin) => {
    const { connect } = await import(`${origin}/client/index.js`);
    const options = { login: "guest", passcode: "guest", reconnect: false };
    return connect(`${origin}/ws`, options).then(() => "connected", (error) => error.code);
  }, strict.origin);
  assert.equal(code, "connect-failed");
});

test("the dashboard shows within two seconds how deep a queue is", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/orders", {});
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  await shows(page, "orders", "ready", "0");
  await join(page, "/topic/unrelated");
  for (const depth of ["1", "2", "3"]) {
    await say(page, "/queue/orders", `order ${depth}`);
    const waited = await shows(page, "orders", "ready", depth, 2_000);
    assert.ok(waited < 2_000, `shown after ${waited} ms`);
  }
  await page.evaluate(() => {
    globalThis.client.subscribe("/queue/orders", () => {}, { ack: "client-individual", prefetch: 2 });
  });
  await shows(page, "orders", "unacked", "2", 2_500);
  await shows(page, "orders", "ready", "1");
  await shows(page, "orders", "consumers", "1");
  assert.deepEqual(problems, []);
});

test("the dashboard creates and deletes a queue", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  for (const name of ["invoices", "with/slash and ü"]) {
    await page.getByTestId("create-queue-name").fill(name);
    await page.getByTestId("create-queue-submit").click();
    await row(page, name).waitFor();
    assert.equal((await server.queue(name)).name, name);
    await row(page, name).getByTestId("delete-queue").click();
    await page.getByTestId("delete-confirm").click();
    await row(page, name).waitFor({ state: "detached" });
    assert.equal(await server.queue(name), null);
  }
  assert.deepEqual(problems, []);
});

test("the dashboard publishes to and subscribes to a destination", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  await page.getByTestId("subscribe-destination").fill("/topic/news.*");
  await page.getByTestId("subscribe-submit").click();
  await page.locator('[data-testid=subscription-status][data-status=open]').waitFor();
  await page.getByTestId("publish-destination").fill("/topic/news.today");
  await page.getByTestId("publish-body").fill('{"headline":"it works"}');
  await page.getByTestId("publish-submit").click();
  await page.getByTestId("publish-result").filter({ hasText: /\S/ }).waitFor();
  const body = page.getByTestId("subscription").getByTestId("message-body").first();
  await body.waitFor();
  assert.match(await body.textContent(), /it works/);
  await page.getByTestId("unsubscribe").click();
  await page.getByTestId("subscription").waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});

test("the dashboard tells of a refusal and goes on", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, server.origin);
  await isLive(page);
  await page.getByTestId("publish-destination").fill("/nowhere/at/all");
  await page.getByTestId("publish-body").fill("{}");
  await page.getByTestId("publish-submit").click();
  await page.locator('[data-testid=publish-error][data-code="bad-destination"]').waitFor();
  await isLive(page);
});

test("the dashboard comes back after the server was killed, with the new server's queues", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/before", {});
  const { page } = await open(t, server.origin);
  await row(page, "before").waitFor();
  await isLive(page);
  await server.kill();
  await page.locator('[data-testid=state][data-kind=reconnecting]').waitFor();
  await server.start();
  await server.api("PUT", "/api/queues/%2F/after", {});
  await isLive(page);
  await row(page, "after").waitFor();
  await row(page, "before").waitFor({ state: "detached" });
});

test("a queue that somebody else deletes leaves the dashboard", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/passing", {});
  const { page, problems } = await open(t, server.origin);
  await row(page, "passing").waitFor();
  await isLive(page);
  await server.api("DELETE", "/api/queues/%2F/passing");
  await row(page, "passing").waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});
