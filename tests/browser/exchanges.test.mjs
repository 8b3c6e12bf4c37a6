// The pages of all exchanges and of one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

async function openAt(t, hash, prepare = async () => {}) {
  const server = await Server.start(t);
  await prepare(server);
  const { page, problems } = await open(t, `${server.origin}/${hash}`);
  await isLive(page);
  return { server, page, problems };
}

const exchange = (page, name) => page.locator(`[data-testid=exchange-row][data-name="${name}"]`);
const exists = async (server, name) => (await server.api("GET", `/api/exchanges/%2F/${name}`)).status === 200;
const bindings = async (server, name) => (await server.api("GET", `/api/exchanges/%2F/${name}/bindings/source`)).json();

/** An exchange `events` with the queue `q` bound to it. */
async function withBinding(server) {
  await server.api("PUT", "/api/exchanges/%2F/events", { type: "topic", durable: true });
  await server.api("PUT", "/api/queues/%2F/q", {});
  await server.api("POST", "/api/bindings/%2F/e/events/q/q", { routing_key: "a.*" });
}

test("exchanges are listed with what goes through them, and searched", async (t) => {
  const { server, page, problems } = await openAt(t, "#/exchanges");
  await exchange(page, "amq.topic").waitFor();
  await server.api("POST", "/api/exchanges/%2F/amq.topic/publish", { routing_key: "a", payload: "x" });
  await exchange(page, "amq.topic").locator("[data-field=published]").filter({ hasText: /^1$/ }).waitFor();
  await byId(page, "exchange-filter").fill("fan");
  await exchange(page, "amq.topic").waitFor({ state: "detached" });
  await exchange(page, "amq.fanout").waitFor();
  await page.waitForFunction(() => location.hash.includes("filter=fan"));
  assert.deepEqual(problems, []);
});

test("an exchange is created, and what is wrong with a name is said", async (t) => {
  const { server, page } = await openAt(t, "#/exchanges");
  await byId(page, "create-exchange").click();
  await byId(page, "create-exchange-name").fill("amq.mine");
  await byId(page, "create-exchange-submit").click();
  await byId(page, "create-exchange-error").getByText("reserved").waitFor();
  await byId(page, "create-exchange-name").fill("events");
  await byId(page, "create-exchange-type").selectOption("headers");
  await byId(page, "create-exchange-alternate").fill("amq.fanout");
  await byId(page, "create-exchange-submit").click();
  await exchange(page, "events").waitFor();
  const row = await (await server.api("GET", "/api/exchanges/%2F/events")).json();
  assert.deepEqual([row.type, row.durable, row.arguments], ["headers", true, { "alternate-exchange": "amq.fanout" }]);
});

test("deleting an exchange with bindings wants its name, and can be undone with its bindings", async (t) => {
  const { server, page, problems } = await openAt(t, "#/exchanges/%2F/events", withBinding);
  await byId(page, "delete-exchange").click();
  await byId(page, "confirm-dialog").getByText("1", { exact: true }).waitFor();
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await byId(page, "confirm-typed").fill("events");
  await byId(page, "confirm-act").click();
  await eventually("it is gone", async () => !(await exists(server, "events")));
  await page.waitForFunction(() => location.hash === "#/exchanges");
  await page.getByRole("button", { name: "Undo" }).click();
  await eventually("it is back", async () => (await exists(server, "events")) && (await bindings(server, "events")).length === 1);
  // That something changed is pushed; where that is faster than the answer to the deletion, the page asks once more for what is gone.
  const ofWhatIsGone = (problem) => /events\/bindings\/source: 404$|status of 404/.test(problem);
  assert.deepEqual(problems.filter((problem) => !ofWhatIsGone(problem)), []);
});

test("the server's own exchanges have no button to delete them", async (t) => {
  const { page } = await openAt(t, "#/exchanges/%2F/amq.topic");
  await byId(page, "exchange-figures").waitFor();
  assert.equal(await byId(page, "delete-exchange").count(), 0);
});

test("bindings of an exchange are added and removed", async (t) => {
  const { server, page } = await openAt(t, "#/exchanges/%2F/events", withBinding);
  await byId(page, "binding-row").first().waitFor();
  await byId(page, "binding-queue").fill("q");
  await byId(page, "binding-key").fill("b.#");
  await byId(page, "binding-submit").click();
  await byId(page, "binding-row").nth(1).waitFor();
  assert.equal((await bindings(server, "events")).length, 2);
  await byId(page, "remove-binding").first().click();
  await byId(page, "confirm-act").click();
  await eventually("one is left", async () => (await bindings(server, "events")).length === 1);
  await byId(page, "binding-queue").fill("none");
  await byId(page, "binding-submit").click();
  await byId(page, "binding-error").getByText('there is no queue "none"').waitFor();
});

test("a message is published to an exchange, and it is told when nobody got it", async (t) => {
  const { server, page } = await openAt(t, "#/exchanges/%2F/events?tab=publish", withBinding);
  await byId(page, "publish-key").fill("nothing");
  await byId(page, "publish-submit").click();
  await page.getByText("no queue took it").waitFor();
  await byId(page, "publish-key").fill("a.b");
  await byId(page, "publish-body").fill("{}");
  await page.getByText("Headers", { exact: true }).click();
  await byId(page, "publish-headers").fill("region: eu");
  await byId(page, "publish-submit").click();
  await eventually("it is in the queue", async () => (await server.queue("q")).messages === 1);
  const body = { count: 1, ackmode: "ack_requeue_true" };
  const [message] = await (await server.api("POST", "/api/queues/%2F/q/get", body)).json();
  assert.deepEqual(message.properties.headers, { region: "eu" });
});

test("an exchange that is not there is said to be gone", async (t) => {
  const { server, page } = await openAt(t, "#/exchanges/%2F/events");
  await byId(page, "exchange-gone").waitFor();
  await withBinding(server);
  await byId(page, "exchange-figures").waitFor();
});
