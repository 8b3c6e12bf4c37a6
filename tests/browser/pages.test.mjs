// Pages in Chromium that use the packed client, as any page would.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server, within } from "./harness.mjs";
import { isLive, open, useChromium } from "./page.mjs";

useChromium();

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
