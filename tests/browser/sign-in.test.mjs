// Signing in and out: with a password and with a token, what is kept of them, and how a session ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addUser, addVhost, navigation, path, read, signIn, signInInstead, signInWithToken, TOKENS, tokenOf } from "./access.mjs";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const EVERYTHING = { "/": ".*" };
const FULL_SCOPE = "tag:administrator configure:*/* write:*/* read:*/*";

/** A server with a user of each kind, and a page of guest at `hash`. */
async function withUsers(t, { hash = "#/queues", config = "", keeps = false } = {}) {
  const server = await Server.start(t, { config, keeps });
  for (const tag of ["administrator", "monitoring", "management"]) await addUser(server, tag, { tags: tag, vhosts: EVERYTHING });
  await addUser(server, "service", { vhosts: EVERYTHING });
  const { page, problems } = await open(t, `${server.origin}/${hash}`);
  await isLive(page);
  return { server, page, problems };
}

const user = (page, name) => byId(page, "user").filter({ hasText: new RegExp(`^${name}$`) }).waitFor();

/** All that the tab keeps, and all that stands in the page. */
const traces = (page) =>
  page.evaluate(() => {
    const fields = [...document.querySelectorAll("input")].map(({ value }) => value);
    return [JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage }), location.href, document.documentElement.outerHTML, ...fields];
  });

test("a user signs in with a password, of which nothing stays in the page", async (t) => {
  const { page } = await withUsers(t);
  await signInInstead(page, "administrator");
  await isLive(page);
  await user(page, "administrator");
  assert.equal((await traces(page)).some((text) => text.includes("administrator-password")), false);
});

test("a wrong password is said in words, and the right one is taken after it", async (t) => {
  const { page } = await withUsers(t);
  await byId(page, "sign-out").click();
  await signIn(page, "administrator", "wrong");
  assert.match(await byId(page, "sign-in-error").textContent(), /\w+ \w+ \w+/);
  await signIn(page, "nobody", "wrong");
  await byId(page, "sign-in-error").waitFor();
  await signIn(page, "administrator");
  await isLive(page);
  await byId(page, "create-queue").waitFor(); // where it was
});

test("who stays signed in on this tab is so after a reload, and only there", async (t) => {
  const { page } = await withUsers(t);
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-stay").check();
  await signIn(page, "monitoring");
  await isLive(page);
  await page.reload();
  await isLive(page);
  await user(page, "monitoring");
  assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage }).includes("monitoring")), false);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await isLive(other);
  await user(other, "guest");
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-form").waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify({ ...sessionStorage }).includes("monitoring")), false);
});

test("each sees what its tags allow", async (t) => {
  const { page } = await withUsers(t, { hash: "#/users" });
  const common = ["overview", "queues", "exchanges", "connections", "playground", "vhosts"];
  await signInInstead(page, "administrator");
  await byId(page, "user-table").waitFor();
  const all = ["overview", "queues", "exchanges", "connections", "webhooks", "hooks", "playground", "vhosts", "users"];
  assert.deepEqual(await navigation(page), all);
  for (const tag of ["monitoring", "management"]) {
    await signInInstead(page, tag);
    await byId(page, "page-closed").waitFor();
    assert.deepEqual(await navigation(page), common, tag);
    await byId(page, "nav-overview").click();
    await byId(page, "rates-chart").waitFor();
    assert.equal(await byId(page, "node").count(), tag === "monitoring" ? 1 : 0);
    await byId(page, "nav-vhosts").click();
    await byId(page, "vhost-row").waitFor();
    assert.equal(await byId(page, "create-vhost").count(), 0);
    await page.evaluate(() => (location.hash = "#/users"));
  }
});

test("who may not subscribe to the statistics is shown figures all the same", async (t) => {
  const { server, page } = await withUsers(t, { hash: "#/queues" });
  await server.api("PUT", "/api/queues/%2F/orders", {});
  await addUser(server, "ida", { tags: "management", vhosts: { "/": "^orders" } });
  await signInInstead(page, "ida");
  await page.locator('[data-testid=queue-row][data-name="orders"]').waitFor();
  await isLive(page);
  await server.api("PUT", "/api/queues/%2F/orders.late", {});
  await page.locator('[data-testid=queue-row][data-name="orders.late"]').waitFor();
});

for (const tag of ["monitoring", "management"]) {
  test(`every page that ${tag} is led to works for it`, async (t) => {
    const { page, problems } = await withUsers(t);
    await signInInstead(page, tag);
    await user(page, tag);
    await isLive(page);
    for (const name of await navigation(page)) {
      await byId(page, `nav-${name}`).click();
      await page.waitForFunction(() => document.activeElement?.tagName === "H1");
      await isLive(page);
      assert.equal(await page.locator("main .failure").count(), 0, name);
    }
    assert.deepEqual(problems, []);
  });
}

test("who has no tag is told so, and may leave", async (t) => {
  const { page } = await withUsers(t);
  await signInInstead(page, "service");
  await byId(page, "barred").getByText("service may not use the dashboard").waitFor();
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-form").waitFor();
});

test("without guest the page asks at once", async (t) => {
  const { server, page } = await withUsers(t);
  await server.api("DELETE", path("users", "guest"));
  await page.reload();
  await byId(page, "sign-in-form").waitFor();
  assert.equal(await byId(page, "sign-in-error").count(), 0);
  await signIn(page, "administrator");
  await isLive(page);
});

test("a deleted user is signed out with the reason, and the address stays", async (t) => {
  const { server, page } = await withUsers(t, { hash: "#/queues?filter=orders" });
  await signInInstead(page, "administrator");
  await isLive(page);
  await server.api("DELETE", path("users", "administrator"));
  await byId(page, "sign-in-error").waitFor();
  assert.equal(await page.evaluate(() => location.hash), "#/queues?filter=orders");
  await signIn(page, "guest", "guest");
  await isLive(page);
  assert.equal(await byId(page, "queue-filter").inputValue(), "orders");
});

test("a token signs in, and its end is the end of the session", async (t) => {
  const { server, page } = await withUsers(t, { config: TOKENS });
  await byId(page, "sign-out").click();
  await signInWithToken(page, "no.token.atall");
  await byId(page, "sign-in-error").waitFor();
  await byId(page, "sign-in-token").fill(tokenOf("ada", FULL_SCOPE, 8));
  await byId(page, "sign-in-submit").click();
  await isLive(page);
  await user(page, "ada");
  await byId(page, "sign-in-error").waitFor();
  assert.match(await byId(page, "sign-in-error").textContent(), /expired/);
  await byId(page, "sign-in-token").waitFor(); // the way that was used
  await byId(page, "sign-in-token").fill(tokenOf("ada", FULL_SCOPE, 600));
  await byId(page, "sign-in-submit").click();
  await isLive(page);
  await eventually("the server knows who is there", async () => (await read(server, "connections")).some((row) => row.user === "ada"));
});

test("signing out closes the connections of the page", async (t) => {
  const { server, page } = await withUsers(t);
  await signInInstead(page, "administrator");
  await isLive(page);
  const own = async () => (await read(server, "connections")).filter((row) => row.user === "administrator").length;
  assert.ok((await own()) > 0);
  await byId(page, "sign-out").click();
  await eventually("they have ended", async () => (await own()) === 0);
});

test("who may use several vhosts goes from one to the other", async (t) => {
  const { server, page } = await withUsers(t, { hash: "#/queues" });
  await addVhost(server, "shop");
  await addUser(server, "ben", { tags: "management", vhosts: { "/": ".*", shop: ".*" } });
  await server.api("PUT", "/api/queues/shop/till", {});
  await signInInstead(page, "ben");
  await isLive(page);
  assert.equal(await byId(page, "vhost").inputValue(), "/");
  await byId(page, "vhost").selectOption("shop");
  await page.locator('[data-testid=queue-row][data-name="till"]').waitFor();
  await isLive(page);
  await page.goto(`${server.origin}/#/queues/shop/till`);
  await byId(page, "queue-figures").waitFor();
  await byId(page, "vhost").selectOption("/");
  await page.waitForFunction(() => location.hash === "#/queues"); // the queue is not there
  await page.evaluate(() => (location.hash = "#/queues/shop/till"));
  await byId(page, "go-there").click();
  await byId(page, "queue-figures").waitFor();
  assert.equal(await byId(page, "vhost").inputValue(), "shop");
});
