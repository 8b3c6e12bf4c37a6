// The dashboard's list of queues: what it shows, and everything that can be done from there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { publish } from "./dashboard.mjs";
import { eventually, PATIENCE, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const row = (page, name) => page.locator(`[data-testid=queue-row][data-name="${name}"]`);
const names = (page) => page.locator("[data-testid=queue-row]").evaluateAll((rows) => rows.map(({ dataset }) => dataset.name));
const are = (page, expected) => eventually(`the rows are ${expected}`, async () => String(await names(page)) === String(expected));

async function openQueues(t, { queues = [], query = "", options = {} } = {}) {
  const server = await Server.start(t);
  for (const name of queues) await server.api("PUT", `/api/queues/%2F/${encodeURIComponent(name)}`, {});
  const { page, problems } = await open(t, `${server.origin}/#/queues${query}`, options);
  await isLive(page);
  return { server, page, problems };
}

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

test("a row shows within two seconds how deep its queue is", async (t) => {
  const { server, page, problems } = await openQueues(t, { queues: ["orders"] });
  await shows(page, "orders", "ready", "0");
  await shows(page, "orders", "state", "idle");
  for (const depth of ["1", "2", "3"]) {
    await publish(server, "orders", { depth });
    const waited = await shows(page, "orders", "ready", depth, 2_000);
    assert.ok(waited < 2_000, `shown after ${waited} ms`);
  }
  await shows(page, "orders", "state", "no reader");
  await page.evaluate(async () => {
    const { connect } = await import("/client/index.js");
    const client = await connect(new URL("/ws", location.href.replace(/^http/, "ws")), { login: "guest", passcode: "guest" });
    client.subscribe("/queue/orders", () => {}, { ack: "client-individual", prefetch: 2 });
  });
  await shows(page, "orders", "unacked", "2", 2_500);
  await shows(page, "orders", "ready", "1");
  await shows(page, "orders", "consumers", "1");
  assert.deepEqual(problems, []);
});

test("queues are created and deleted with the pointer, whatever their names are made of", async (t) => {
  const { server, page, problems } = await openQueues(t);
  for (const name of ["invoices", "with/slash and ü", "50%?#&"]) {
    await byId(page, "create-queue").click();
    await byId(page, "create-queue-name").fill(name);
    await byId(page, "create-queue-submit").click();
    await row(page, name).waitFor();
    assert.equal((await server.queue(name)).name, name);
    await row(page, name).getByTestId("delete-queue").click();
    await byId(page, "confirm-act").click();
    await row(page, name).waitFor({ state: "detached" });
    assert.equal(await server.queue(name), null);
  }
  assert.deepEqual(problems, []);
});

test("a queue is created and deleted with the keyboard alone", async (t) => {
  const { server, page, problems } = await openQueues(t);
  await page.keyboard.press("Control+k");
  await byId(page, "palette-input").waitFor();
  await page.keyboard.type("create a queue");
  await page.keyboard.press("Enter");
  await byId(page, "create-queue-dialog").waitFor();
  await page.waitForFunction(() => document.activeElement?.dataset.testid === "create-queue-name");
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  await row(page, "typed").waitFor();
  await byId(page, "create-queue-dialog").waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.dataset.testid === "queue-filter");
  await page.keyboard.type("typed");
  const onRow = () => page.evaluate(() => document.activeElement?.closest("[data-testid=queue-row]")?.dataset.name);
  for (let presses = 0; presses < 20 && (await onRow()) !== "typed"; presses += 1) await page.keyboard.press("Tab");
  assert.equal(await onRow(), "typed");
  await page.keyboard.press("Delete");
  await byId(page, "confirm-dialog").waitFor();
  const onAct = () => page.evaluate(() => document.activeElement?.dataset.testid === "confirm-act");
  for (let presses = 0; presses < 5 && !(await onAct()); presses += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await row(page, "typed").waitFor({ state: "detached" });
  assert.equal(await server.queue("typed"), null);
  assert.deepEqual(problems, []);
});

test("a queue is created with all that limits it", async (t) => {
  const { server, page } = await openQueues(t, { query: "?create=1" });
  await byId(page, "create-queue-name").fill("limited");
  await byId(page, "create-queue-more").locator("summary").click();
  const fields = { "x-message-ttl": "60000", "x-expires": "3600000", "x-max-length": "10", "x-max-length-bytes": "4096", "x-dead-letter-exchange": "amq.default", "x-dead-letter-routing-key": "dead", "x-delivery-limit": "5", "x-retry-delay": "100", "x-retry-multiplier": "1.5", "x-retry-max": "5000" };
  for (const [name, value] of Object.entries(fields)) await byId(page, `create-queue-${name}`).fill(value);
  await byId(page, "create-queue-x-overflow").selectOption("reject-publish");
  await byId(page, "create-queue-x-single-active-consumer").selectOption("true");
  await byId(page, "create-queue-submit").click();
  await row(page, "limited").waitFor();
  const queue = await server.queue("limited");
  assert.equal(queue.durable, true);
  assert.deepEqual(queue.arguments, {
    "x-message-ttl": 60000,
    "x-expires": 3600000,
    "x-max-length": 10,
    "x-max-length-bytes": 4096,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "dead",
    "x-delivery-limit": 5,
    "x-retry-delay": 100,
    "x-retry-multiplier": 1.5,
    "x-retry-max": 5000,
    "x-single-active-consumer": true,
  });
});

test("a queue that cannot be created as asked is refused with the reason, and the form stays", async (t) => {
  const { page } = await openQueues(t, { queues: ["taken"], query: "?create=1" });
  await byId(page, "create-queue-name").fill("taken");
  await byId(page, "create-queue-more").locator("summary").click();
  await byId(page, "create-queue-x-max-length").fill("5");
  await byId(page, "create-queue-submit").click();
  await byId(page, "create-queue-error").waitFor();
  assert.equal(await byId(page, "create-queue-name").inputValue(), "taken");
});

test("deleting an empty queue can be taken back", async (t) => {
  const { server, page } = await openQueues(t);
  await server.api("PUT", "/api/queues/%2F/kept", { durable: true, arguments: { "x-max-length": 7 } });
  await row(page, "kept").getByTestId("delete-queue").click();
  await byId(page, "confirm-act").click();
  await row(page, "kept").waitFor({ state: "detached" });
  await byId(page, "undo").click();
  await row(page, "kept").waitFor();
  const queue = await server.queue("kept");
  assert.deepEqual([queue.durable, queue.arguments["x-max-length"]], [true, 7]);
});

test("a queue that holds messages is deleted only by who types its name, and is told what is lost", async (t) => {
  const { server, page } = await openQueues(t, { queues: ["full"] });
  await publish(server, "full", { number: 1 });
  await publish(server, "full", { number: 2 });
  await shows(page, "full", "ready", "2");
  await row(page, "full").getByTestId("delete-queue").click();
  await byId(page, "confirm-dialog").getByText("Lost with it: 2 ready and 0 unacked messages.").waitFor();
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await page.keyboard.press("Escape");
  await byId(page, "confirm-dialog").waitFor({ state: "detached" });
  assert.equal((await server.queue("full")).messages, 2);
  await row(page, "full").getByTestId("delete-queue").click();
  await byId(page, "confirm-typed").fill("full");
  await byId(page, "confirm-act").click();
  await row(page, "full").waitFor({ state: "detached" });
  assert.equal(await server.queue("full"), null);
});

test("messages that come while the question stands are not lost unseen", async (t) => {
  const { server, page } = await openQueues(t, { queues: ["late"] });
  await row(page, "late").getByTestId("delete-queue").click();
  await byId(page, "confirm-act").waitFor();
  await publish(server, "late", {});
  await byId(page, "confirm-act").click();
  await byId(page, "confirm-error").waitFor();
  assert.equal((await server.queue("late")).messages, 1);
});

test("a queue is purged after its name was typed", async (t) => {
  const { server, page } = await openQueues(t, { queues: ["drained"] });
  assert.equal(await row(page, "drained").getByTestId("purge-queue").isDisabled(), true, "there is nothing to purge");
  await publish(server, "drained", {});
  await shows(page, "drained", "ready", "1");
  await row(page, "drained").getByTestId("purge-queue").click();
  await byId(page, "confirm-dialog").getByText("Dropped for good: 1 messages").waitFor();
  await byId(page, "confirm-typed").fill("drained");
  await byId(page, "confirm-act").click();
  await shows(page, "drained", "ready", "0");
  assert.equal((await server.queue("drained")).messages, 0);
});

test("a queue that somebody else deletes leaves the list", async (t) => {
  const { server, page, problems } = await openQueues(t, { queues: ["passing"] });
  await row(page, "passing").waitFor();
  await server.api("DELETE", "/api/queues/%2F/passing");
  await row(page, "passing").waitFor({ state: "detached" });
  await byId(page, "queues-empty").getByText("/queue/NAME").waitFor();
  assert.deepEqual(problems, []);
});

test("search, state and order are in the address, and a link to it shows the same", async (t) => {
  const { server, page } = await openQueues(t, { queues: ["job-9", "job-10", "job-2", "other"] });
  await are(page, ["job-2", "job-9", "job-10", "other"]);
  await publish(server, "job-10", {});
  await publish(server, "job-9", {});
  await publish(server, "job-9", {});
  await byId(page, "queue-filter").fill("JOB");
  await byId(page, "sort-ready").click();
  await byId(page, "queue-state").selectOption("unread");
  await page.locator("main h1").click(); // nothing is held in its place for a pointer in the table
  await are(page, ["job-9", "job-10"]);
  const address = await page.evaluate(() => location.href); // page.url() learns of it later
  assert.match(address, /filter=JOB/);
  const other = await open(t, address);
  await are(other.page, ["job-9", "job-10"]);
  assert.equal(await byId(other.page, "queue-filter").inputValue(), "JOB");
  assert.equal(await other.page.locator("[data-column=ready]").getAttribute("aria-sort"), "descending");
});

test("arrows, Home and End move through rows that are not in the document, and Enter opens one", async (t) => {
  const queues = Array.from({ length: 300 }, (_, index) => `queue-${index}`);
  const { page } = await openQueues(t, { queues });
  const on = (name) => page.waitForFunction((name) => document.activeElement?.closest("tr")?.dataset.name === name, name);
  await row(page, "queue-0").getByRole("link").focus();
  assert.ok((await names(page)).length < 120, "only rows in sight are drawn");
  await page.keyboard.press("ArrowDown");
  await on("queue-1");
  await page.keyboard.press("End");
  await on("queue-299");
  await page.keyboard.press("ArrowUp");
  await on("queue-298");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("Home");
  await on("queue-0");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/queues\/%2F\/queue-0$/);
});

test("undo brings the bindings back too", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/kept", { durable: true });
  await server.api("POST", "/api/bindings/%2F/e/amq.topic/q/kept", { routing_key: "a.*" });
  const { page } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  const row = page.locator('[data-testid=queue-row][data-name="kept"]');
  await row.getByTestId("delete-queue").click();
  await byId(page, "confirm-dialog").filter({ hasText: "Bindings that go with it: 1" }).waitFor();
  await byId(page, "confirm-act").click();
  await row.waitFor({ state: "detached" });
  await byId(page, "undo").click();
  await eventually("it is bound again", async () => {
    const answer = await server.api("GET", "/api/queues/%2F/kept/bindings");
    return answer.ok && (await answer.json()).some(({ source, routing_key }) => source === "amq.topic" && routing_key === "a.*");
  });
});

test("a question is taken back when its page is left", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/kept", {});
  const { page } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  await page.locator('[data-testid=queue-row][data-name="kept"]').getByTestId("delete-queue").click();
  await byId(page, "confirm-dialog").waitFor();
  await page.evaluate(() => void (location.hash = "#/exchanges"));
  await byId(page, "confirm-dialog").waitFor({ state: "detached" });
  assert.notEqual(await server.queue("kept"), null);
});
