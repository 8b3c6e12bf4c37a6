// The client in two browser engines: the same of each, and a word between them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useEngines } from "./engines.mjs";
import { eventually, Server, within } from "./harness.mjs";

const engines = useEngines();

/** Connects on a page of the gateway. What the page hears on `topic` is kept in `heard`, as text or as octets. */
async function join(page, topic = "/topic/chat", options = {}) {
  await page.evaluate(async ({ topic, options }) => {
    const { connect } = await import("/client/index.js");
    globalThis.states = [];
    globalThis.heard = [];
    globalThis.client = await connect(`ws://${location.host}/ws`, {
      login: "guest",
      passcode: "guest",
      reconnect: { initialDelay: 20, maxDelay: 100 },
      onStateChange: (state) => globalThis.states.push(state),
      ...options,
    });
    await globalThis.client.subscribe(topic, (message) => globalThis.heard.push(message.body)).ready;
  }, { topic, options });
}

const publish = (page, destination, body) =>
  page.evaluate(({ destination, body }) => globalThis.client.publish(destination, body), { destination, body });

/** What the page has heard, once it is so much. */
const heard = async (page, count) => {
  await eventually(`${count} messages`, () => page.evaluate((count) => globalThis.heard.length >= count, count));
  return page.evaluate(() => globalThis.heard);
};

for (const [name, show] of Object.entries(engines)) {
  test(`${name}: bodies come as they were sent`, async (t) => {
    const server = await Server.start(t);
    const page = await show(t, server.origin);
    await join(page);
    assert.deepEqual(await publish(page, "/topic/chat", { deep: ["grüße €", null] }), { routed: 1, duplicate: false });
    const octets = await page.evaluate(async () => {
      const sent = Uint8Array.from({ length: 256 }, (_, index) => index);
      await globalThis.client.publish("/topic/octets", sent);
      const received = new Promise((resolve) => globalThis.client.subscribe("/topic/octets", ({ bytes }) => resolve([...bytes])));
      await globalThis.client.publish("/topic/octets", sent);
      return received;
    });
    assert.deepEqual(octets, Array.from({ length: 256 }, (_, index) => index));
    assert.deepEqual(await heard(page, 1), [{ deep: ["grüße €", null] }]);
  });

  test(`${name}: handlers settle, requests are answered, transactions are all or nothing`, async (t) => {
    const server = await Server.start(t);
    const page = await show(t, server.origin);
    await join(page);
    const price = await page.evaluate(async () => {
      const { client } = globalThis;
      await client.subscribe("/queue/prices", async (message) => message.reply({ price: message.body.item.length }), { ack: "handler" }).ready;
      return (await client.request("/queue/prices", { item: "rope" }, { timeout: 10_000 })).body.price;
    });
    assert.equal(price, 4);
    await eventually("the request is settled", async () => (await server.queue("prices")).messages === 0);
    await page.evaluate(() =>
      globalThis.client
        .transaction((transaction) => {
          transaction.publish("/queue/ledger", "never");
          throw new Error("no");
        })
        .catch(() => undefined)
    );
    await page.evaluate(() => globalThis.client.transaction((transaction) => void transaction.publish("/queue/ledger", "once")));
    assert.equal((await server.queue("ledger")).messages, 1);
  });

  test(`${name}: comes back after the server was killed, with what it had subscribed to`, async (t) => {
    const server = await Server.start(t);
    const page = await show(t, server.origin);
    await join(page);
    await server.kill();
    await eventually("the loss is seen", () => page.evaluate(() => globalThis.client.state !== "connected"));
    const waiting = publish(page, "/topic/chat", "said meanwhile");
    await server.start();
    await within(waiting, "the confirmation");
    assert.deepEqual(await heard(page, 1), ["said meanwhile"]);
    const states = await page.evaluate(() => globalThis.states);
    assert.deepEqual([states[0], states.at(-1)], ["connecting", "connected"]);
    assert.ok(states.includes("waiting"), states.join());
  });

  test(`${name}: a refused log-in ends the attempts with its reason`, async (t) => {
    const server = await Server.start(t);
    const page = await show(t, server.origin);
    const refused = await page.evaluate(async () => {
      const { connect } = await import("/client/index.js");
      let asked = 0;
      const token = async () => `wrong ${++asked}`;
      const code = await connect(`ws://${location.host}/ws`, { login: "guest", token }).catch((error) => error.code);
      return { asked, code };
    });
    assert.deepEqual(refused, { asked: 1, code: "auth-failed" });
  });

  test(`${name}: the dashboard is live, and shows what happens`, async (t) => {
    const server = await Server.start(t);
    const page = await show(t, `${server.origin}/#/queues`);
    await eventually("the page is live", () => page.evaluate(() => document.querySelector("[data-testid=state][data-kind=live]") !== null));
    await server.api("PUT", "/api/queues/%2F/orders", {});
    await eventually("the queue is listed", () => page.evaluate(() => document.querySelector('[data-name="orders"]') !== null));
  });
}

test("pages of both engines talk to each other", async (t) => {
  const server = await Server.start(t);
  const pages = await Promise.all(Object.values(engines).map((show) => show(t, server.origin)));
  for (const page of pages) await join(page, "/topic/between");
  await publish(pages[0], "/topic/between", "from Chromium");
  await heard(pages[1], 1);
  await publish(pages[1], "/topic/between", "from Firefox");
  for (const page of pages) assert.deepEqual(await heard(page, 2), ["from Chromium", "from Firefox"]);
});
