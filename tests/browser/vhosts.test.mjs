// The pages of vhosts: creating, changing, limiting and deleting them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addUser, addVhost, read } from "./access.mjs";
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

const row = (page, name) => page.locator(`[data-testid=vhost-row][data-name="${name}"]`);
const shop = (server) => addVhost(server, "shop", "The shop");
const exists = async (server, name) => (await server.api("GET", `/api/vhosts/${encodeURIComponent(name)}`)).status === 200;
const limitsOf = async (server, name) => (await read(server, "vhost-limits")).find(({ vhost }) => vhost === name)?.value ?? {};

test("a vhost is created, can be worked in at once, and is described anew", async (t) => {
  const { server, page, problems } = await openAt(t, "#/vhosts");
  await row(page, "/").getByText("here", { exact: true }).waitFor();
  await byId(page, "create-vhost").click();
  await byId(page, "create-vhost-name").fill("a/b c");
  await byId(page, "create-vhost-description").fill("For the harbour");
  await byId(page, "create-vhost-submit").click();
  await page.waitForFunction(() => location.hash === "#/vhosts/a%2Fb%20c");
  await byId(page, "vhost-about").getByText("For the harbour").waitFor();
  assert.equal(await exists(server, "a/b c"), true);
  await byId(page, "edit-vhost").click();
  await byId(page, "edit-vhost-description").fill("For the quay");
  await byId(page, "edit-vhost-tags").fill("production");
  await byId(page, "edit-vhost-origins").fill("https://quay.example, https://www.quay.example");
  await byId(page, "edit-vhost-narrow").check();
  await byId(page, "edit-vhost-submit").click();
  await byId(page, "vhost-about").getByText("For the quay").waitFor();
  assert.equal((await read(server, "vhosts", "a/b c")).narrow_subscriptions, true);
  assert.deepEqual((await read(server, "vhosts", "a/b c")).allowed_origins, ["https://quay.example", "https://www.quay.example"]);
  await byId(page, "work-here").click();
  await isLive(page);
  assert.equal(await byId(page, "vhost").inputValue(), "a/b c");
  assert.deepEqual(problems, []);
});

test("limits are set and taken away", async (t) => {
  const { server, page } = await openAt(t, "#/vhosts/shop?tab=limits", shop);
  await byId(page, "limit-max-connections").fill("256");
  await byId(page, "limit-max-queues").fill("10");
  await byId(page, "limit-submit").click();
  await eventually("they are set", async () => (await limitsOf(server, "shop"))["max-queues"] === 10);
  assert.equal((await limitsOf(server, "shop"))["max-connections"], 256);
  await page.reload();
  await eventually("the form has it", async () => (await byId(page, "limit-max-connections").inputValue()) === "256");
  await byId(page, "limit-max-connections").fill("");
  await byId(page, "limit-submit").click();
  await eventually("one is left", async () => (await limitsOf(server, "shop"))["max-connections"] === undefined);
  assert.equal((await limitsOf(server, "shop"))["max-queues"], 10);
});

test("permissions are given from the side of the vhost", async (t) => {
  const { server, page } = await openAt(t, "#/vhosts/shop", async (server) => {
    await shop(server);
    await addUser(server, "alice");
  });
  await byId(page, "give-permissions").click();
  await byId(page, "grant-other").fill("alice");
  await byId(page, "grant-submit").click();
  await page.locator('[data-testid=permissions-row][data-name="alice"]').waitFor();
  const [given] = await read(server, "users", "alice", "permissions");
  assert.deepEqual([given.vhost, given.configure, given.write, given.read], ["shop", ".*", ".*", ".*"]);
});

test("a vhost is deleted when its name was typed, and the question says what goes with it", async (t) => {
  const { server, page } = await openAt(t, "#/vhosts", async (server) => {
    await shop(server);
    await server.api("PUT", "/api/queues/shop/till", { durable: true });
    await server.api("POST", "/api/exchanges/shop/amq.default/publish", { routing_key: "till", payload: "x", properties: {} });
  });
  await row(page, "shop").locator("[data-field=messages]", { hasText: /^1$/ }).waitFor();
  await row(page, "shop").getByTestId("delete-vhost").click();
  await byId(page, "confirm-dialog").getByText("Delete vhost shop?").waitFor();
  assert.match(await byId(page, "confirm-dialog").textContent(), /go with it: 1\. Messages: 1\./);
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await byId(page, "confirm-typed").fill("shop");
  await byId(page, "confirm-act").click();
  await row(page, "shop").waitFor({ state: "detached" });
  assert.equal(await exists(server, "shop"), false);
});

test("whoever works in the vhost that goes, goes on in another", async (t) => {
  const { server, page } = await openAt(t, "#/vhosts/shop", shop);
  await byId(page, "work-here").click();
  await page.getByText("You work in it.").waitFor();
  await isLive(page);
  await byId(page, "delete-vhost").click();
  await byId(page, "confirm-typed").fill("shop");
  await byId(page, "confirm-act").click();
  await eventually("it is gone", async () => !(await exists(server, "shop")));
  await byId(page, "vhost").filter({ hasText: /^\/$/ }).waitFor();
  await isLive(page);
});

test("a vhost that is none is said to be none", async (t) => {
  const { page, problems } = await openAt(t, "#/vhosts/nowhere");
  await byId(page, "vhost-gone").waitFor();
  assert.deepEqual(problems, []);
});
