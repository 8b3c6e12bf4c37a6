// The dashboard's shell: signing in, finding the way, and the state of the connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const heading = (page, text) => page.locator("main h1", { hasText: new RegExp(`^${text}$`) });
const row = (page, name) => page.locator(`[data-testid=queue-row][data-name="${name}"]`);
const focused = (page) => page.evaluate(() => document.activeElement?.textContent ?? "");

test("on the server's own machine a page opens without a question", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  assert.equal(await byId(page, "vhost").textContent(), "/");
  assert.equal(await byId(page, "user").textContent(), "guest");
  assert.match(await byId(page, "version").textContent(), /^\d+\.\d+/);
  assert.deepEqual(problems, []);
});

test("who signed out signs in again, and a wrong password is said", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-user").fill("guest");
  await byId(page, "sign-in-password").fill("wrong");
  await byId(page, "sign-in-submit").click();
  await byId(page, "sign-in-error").waitFor();
  await byId(page, "sign-in-password").fill("guest");
  await byId(page, "sign-in-submit").click();
  await isLive(page);
  await heading(page, "Queues and streams").waitFor(); // where it was
});

test("every section is a link, names the window, and takes the focus to its heading", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  for (const [name, title] of [["queues", "Queues and streams"], ["exchanges", "Exchanges"], ["connections", "Connections"], ["webhooks", "Webhooks"], ["hooks", "Inbound hooks"], ["playground", "Playground"], ["vhosts", "Vhosts"], ["users", "Users"], ["overview", "Overview"]]) {
    await byId(page, `nav-${name}`).click();
    await heading(page, title).waitFor();
    await page.waitForFunction((title) => document.title === `${title} · Wharf`, title);
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    assert.equal(await focused(page), title);
    assert.equal(await byId(page, `nav-${name}`).getAttribute("aria-current"), "page");
  }
  await page.goBack();
  await heading(page, "Users").waitFor();
  assert.deepEqual(problems, []);
});

test("an address without a page says so", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/#/nowhere/at/all`);
  await byId(page, "not-found").waitFor();
});

test("the palette goes to pages and queues, and does actions, with the keyboard alone", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/harbour.arrivals", {});
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  await page.keyboard.press("Control+k");
  await byId(page, "palette-input").waitFor();
  await page.keyboard.type("arrivals");
  await page.locator('[data-testid=palette-choice][aria-selected=true]', { hasText: "harbour.arrivals" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/queues\/%2F\/harbour\.arrivals$/);
  await page.keyboard.press("Control+k");
  await byId(page, "palette-input").waitFor();
  await page.keyboard.type("theme dark");
  await page.keyboard.press("Enter");
  await page.locator("html[data-theme=dark]").waitFor();
  await page.keyboard.press("Control+k");
  await byId(page, "palette").waitFor();
  await page.keyboard.press("Escape");
  await byId(page, "palette").waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});

test("keys go to pages, to the search and to the list of keys, but not while something is typed", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, server.origin);
  await isLive(page);
  await page.keyboard.press("g");
  await page.keyboard.press("q");
  await heading(page, "Queues and streams").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("g o?");
  assert.equal(await byId(page, "queue-filter").inputValue(), "g o?");
  await heading(page, "Queues and streams").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await byId(page, "queue-filter").inputValue(), "");
  await page.locator("main h1").focus();
  await page.keyboard.press("?");
  await byId(page, "shortcuts").waitFor();
  await page.keyboard.press("Escape");
  await byId(page, "shortcuts").waitFor({ state: "detached" });
});

test("the theme goes round, and is remembered", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, server.origin, { colorScheme: "light" });
  await isLive(page);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  for (const choice of ["light", "dark"]) {
    await byId(page, "theme").click();
    await page.locator(`[data-testid=theme][data-theme-choice=${choice}]`).waitFor();
  }
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  await isLive(page);
  assert.equal(await background(), dark);
});

test("a page says that it is not live, and comes back with the new server's queues", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/before", {});
  const { page } = await open(t, `${server.origin}/#/queues`);
  await row(page, "before").waitFor();
  await isLive(page);
  await server.kill();
  await page.locator('[data-testid=state][data-kind=reconnecting]', { hasText: /since \d/ }).waitFor();
  await byId(page, "stale").first().waitFor();
  await page.locator("main[data-stale]").waitFor();
  await server.start();
  await server.api("PUT", "/api/queues/%2F/after", {});
  await isLive(page);
  await row(page, "after").waitFor();
  await row(page, "before").waitFor({ state: "detached" });
  assert.equal(await page.locator("main[data-stale]").count(), 0);
});

test("a page that waits for its server opens when the server is there", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  await page.route("**/client/index.js", (route) => route.abort());
  await page.reload();
  await page.getByText("The gateway does not answer").waitFor();
  await page.unroute("**/client/index.js");
  await isLive(page);
  await heading(page, "Queues and streams").waitFor();
});

test("nothing moves while a page loads and its numbers change", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, "about:blank", { viewport: { width: 1280, height: 860 } });
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        globalThis.shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.parentElement?.outerHTML?.slice(0, 120))]);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(server.origin);
  await isLive(page);
  await page.locator("[data-testid=message-memory] .numbers", { hasText: /MiB/ }).waitFor();
  for (let number = 0; number < 3; number += 1) {
    await server.api("PUT", `/api/queues/%2F/queue-${number}`, {});
    await page.locator("[data-testid=total][data-field=queues]", { hasText: new RegExp(`^${number + 1}$`) }).waitFor();
  }
  const shifts = await page.evaluate(() => globalThis.shifts);
  const sum = shifts.reduce((total, [value]) => total + value, 0);
  assert.ok(sum < 0.02, JSON.stringify(shifts, null, 1));
});

test("who signs in while the gateway is away is told, and let in when it is there again", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, server.origin);
  await isLive(page);
  await byId(page, "sign-out").click();
  await byId(page, "sign-in-user").fill("guest");
  await byId(page, "sign-in-password").fill("guest");
  await server.kill();
  await byId(page, "sign-in-submit").click();
  await page.getByText("The gateway does not answer.").first().waitFor();
  await server.start();
  await isLive(page);
});
