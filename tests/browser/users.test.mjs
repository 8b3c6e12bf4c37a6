// The pages of users: creating, changing, deleting them, and what they may do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addUser, addVhost, read, signIn } from "./access.mjs";
import { connected } from "./client-support.mjs";
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

const row = (page, name) => page.locator(`[data-testid=user-row][data-name="${name}"]`);
const tagsOf = async (server, name) => (await read(server, "users", name)).tags;
const alice = (server) => addUser(server, "alice", { tags: "monitoring,team-a", vhosts: { "/": "^orders" } });

test("a user is created, with rights in this vhost, and can sign in", async (t) => {
  const { server, page, problems } = await openAt(t, "#/users");
  await row(page, "guest").getByText("you", { exact: true }).waitFor();
  await byId(page, "create-user").click();
  await byId(page, "create-user-name").fill("carol");
  await byId(page, "create-user-password").fill("first");
  await byId(page, "create-user-repeated").fill("second");
  await byId(page, "create-user-tag-management").check();
  await byId(page, "create-user-other-tags").fill("team-b");
  await byId(page, "create-user-everything").check();
  await byId(page, "create-user-submit").click();
  await byId(page, "create-user-error").getByText("not the same").waitFor();
  await byId(page, "create-user-repeated").fill("first");
  await byId(page, "create-user-submit").click();
  await page.waitForFunction(() => location.hash === "#/users/carol");
  await byId(page, "permissions-row").waitFor();
  assert.deepEqual((await tagsOf(server, "carol")).sort(), ["management", "team-b"]);
  assert.equal((await page.content()).includes("first"), false);
  await byId(page, "sign-out").click();
  await signIn(page, "carol", "first");
  await isLive(page);
  assert.deepEqual(problems, []);
});

test("one that exists is not overwritten by a new one", async (t) => {
  const { server, page } = await openAt(t, "#/users?create=1", alice);
  await row(page, "alice").waitFor();
  await byId(page, "create-user-name").fill("alice");
  for (const field of ["password", "repeated"]) await byId(page, `create-user-${field}`).fill("x");
  await byId(page, "create-user-submit").click();
  await byId(page, "create-user-error").getByText("There is a user alice already").waitFor();
  assert.deepEqual((await tagsOf(server, "alice")).sort(), ["monitoring", "team-a"]);
});

test("tags change without the password, and the password with a new one", async (t) => {
  const { server, page } = await openAt(t, "#/users/alice", alice);
  await byId(page, "edit-user").click();
  await byId(page, "edit-user-tag-monitoring").uncheck();
  await byId(page, "edit-user-tag-policymaker").check();
  await byId(page, "edit-user-submit").click();
  await byId(page, "user-facts").getByText("policymaker, team-a").waitFor();
  const whoami = async (password) =>
    (await fetch(`${server.origin}/api/whoami`, { headers: { authorization: `Basic ${btoa(`alice:${password}`)}` } })).status;
  assert.equal(await whoami("alice-password"), 200);
  await byId(page, "edit-user").click();
  for (const field of ["password", "repeated"]) await byId(page, `edit-user-${field}`).fill("another");
  await byId(page, "edit-user-submit").click();
  await eventually("the new one is taken", async () => (await whoami("another")) === 200);
  assert.equal(await whoami("alice-password"), 401);
});

test("a user is deleted after a question, by the keyboard alone", async (t) => {
  const { server, page } = await openAt(t, "#/users", alice);
  await row(page, "alice").locator("a").first().focus();
  await page.keyboard.press("Delete");
  await byId(page, "confirm-dialog").getByText("Delete user alice?").waitFor();
  await byId(page, "confirm-act").focus();
  await page.keyboard.press("Enter");
  await row(page, "alice").waitFor({ state: "detached" });
  assert.equal((await server.api("GET", "/api/users/alice")).status, 404);
});

test("whoever deletes itself types its name, and is signed out", async (t) => {
  const { server, page } = await openAt(t, "#/users/guest", alice);
  await byId(page, "delete-user").click();
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await byId(page, "confirm-typed").fill("guest");
  await byId(page, "confirm-act").click();
  await byId(page, "sign-in-form").waitFor();
  assert.equal((await server.api("GET", "/api/whoami")).status, 401);
});

test("permissions are given, changed, taken, and had back", async (t) => {
  const { server, page } = await openAt(t, "#/users/alice", async (server) => {
    await alice(server);
    await addVhost(server, "shop");
  });
  const granted = async () => Object.fromEntries((await read(server, "users", "alice", "permissions")).map(({ vhost, write }) => [vhost, write]));
  await byId(page, "give-permissions").click();
  await byId(page, "grant-other").fill("shop");
  await byId(page, "grant-write").fill("^till\\.");
  await byId(page, "grant-submit").click();
  const inShop = page.locator('[data-testid=permissions-row][data-name="shop"]');
  await inShop.locator("[data-field=write]", { hasText: "^till\\." }).waitFor();
  assert.deepEqual(await granted(), { "/": "^orders", shop: "^till\\." });
  await inShop.getByTestId("change-grant").click();
  await byId(page, "grant-write").fill("");
  await byId(page, "grant-submit").click();
  await inShop.locator("[data-field=write]", { hasText: "nothing" }).waitFor();
  await inShop.getByTestId("revoke-grant").click();
  await byId(page, "confirm-act").click();
  await inShop.waitFor({ state: "detached" });
  assert.deepEqual(await granted(), { "/": "^orders" });
  await page.getByRole("button", { name: "Undo" }).click();
  await inShop.waitFor();
});

test("what the gateway refuses as a pattern is said in the form", async (t) => {
  const { page } = await openAt(t, "#/users/alice", alice);
  await byId(page, "change-grant").click();
  await byId(page, "grant-read").fill("(");
  await byId(page, "grant-submit").click();
  await byId(page, "grant-error").waitFor();
});

test("topic permissions are given and taken", async (t) => {
  const { server, page } = await openAt(t, "#/users/alice?tab=topics", alice);
  await byId(page, "topic-permissions-empty").waitFor();
  await byId(page, "give-topic-permissions").click();
  await byId(page, "grant-other").fill("/");
  await byId(page, "grant-write").fill("^orders\\.");
  await byId(page, "grant-submit").click();
  await byId(page, "topic-permissions-row").getByText("amq.topic").waitFor();
  const [given] = await read(server, "users", "alice", "topic-permissions");
  assert.deepEqual([given.vhost, given.exchange, given.write, given.read], ["/", "amq.topic", "^orders\\.", ".*"]);
  await byId(page, "revoke-grant").click();
  await byId(page, "confirm-act").click();
  await byId(page, "topic-permissions-empty").waitFor();
});

test("it is told what a user may do, and why not", async (t) => {
  const { page } = await openAt(t, "#/users/alice?tab=explain", alice);
  await byId(page, "explain-operation").selectOption("read");
  await byId(page, "explain-name").fill("orders");
  await byId(page, "explain-submit").click();
  await page.locator("[data-testid=explanation][data-allowed=true]").waitFor();
  await byId(page, "explain-name").fill("invoices");
  await byId(page, "explain-submit").click();
  await page.locator("[data-testid=explanation][data-allowed=false]").waitFor();
  assert.match(await byId(page, "explanation").textContent(), /invoices/);
});

test("the connections of a user are found, and closed at once", async (t) => {
  const { server, page } = await openAt(t, "#/connections", (server) => addUser(server, "carol", { vhosts: { "/": ".*" } }));
  const options = { login: "carol", passcode: "carol-password", reconnect: false };
  for (let number = 0; number < 2; number += 1) await connected(t, server, options);
  await byId(page, "connection-filter").fill("carol");
  await page.locator("[data-testid=connection-row] a", { hasText: /^carol$/ }).first().click();
  await page.waitForFunction(() => location.hash === "#/users/carol");
  await byId(page, "tab-connections").click();
  await byId(page, "user-connections").getByText("2", { exact: true }).waitFor();
  await byId(page, "close-connections").click();
  await byId(page, "confirm-act").click();
  await byId(page, "user-connections").getByText("0", { exact: true }).waitFor();
  const left = (await read(server, "connections")).filter(({ user }) => user === "carol");
  assert.deepEqual(left, []);
});

test("a user that is none is said to be none", async (t) => {
  const { page, problems } = await openAt(t, "#/users/nobody");
  await byId(page, "user-gone").waitFor();
  assert.deepEqual(problems, []);
});
