// The inspector in Chromium: what it shows of a client, and that it listens only as long as somebody looks.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clientPackage } from "../../scripts/lib/paths.mjs";
import { eventually, Server } from "./harness.mjs";
import { open, useChromium } from "./page.mjs";
import { allowing, serve } from "./site.mjs";

useChromium();

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = join(import.meta.dirname, "artefacts");

// A policy as strict as a page can have: neither styles nor texts are taken for code.
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">
<meta http-equiv="content-security-policy" content="default-src 'self' 'wasm-unsafe-eval'; connect-src *; img-src data:; require-trusted-types-for 'script'">
<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width"><main><h1>Shop</h1><wharf-inspector></wharf-inspector></main></html>`;

let directory;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "wharf-inspector-"));
  cpSync(clientPackage, join(directory, "client"), { recursive: true });
  writeFileSync(join(directory, "index.html"), PAGE);
});

after(() => rmSync(directory, { recursive: true, force: true }));

/** A page with a client in an inspector. `listeners` on it counts who listens to what. */
async function inspect(t, { connectOptions = {}, query = "", looks = {} } = {}) {
  const origin = await serve(t, directory);
  const server = await Server.start(t, allowing(origin));
  const { page, problems } = await open(t, origin, looks);
  await page.evaluate(async ([url, options]) => {
    const { connect } = await import("/client/index.js");
    const client = await connect(url, { login: "guest", passcode: "guest", ...options });
    const on = client.on.bind(client);
    globalThis.listeners = { state: 0, debug: 0 };
    client.on = (event, listener) => {
      const stop = on(event, listener);
      globalThis.listeners[event] += 1;
      return () => {
        globalThis.listeners[event] -= 1;
        stop();
      };
    };
    await import("/client/inspector.js");
    globalThis.client = client;
    globalThis.inspector = document.querySelector("wharf-inspector");
    globalThis.inspector.client = client;
  }, [server.ws + query, connectOptions]);
  return { server, page, problems, inspector: page.locator("wharf-inspector") };
}

/** The state that stands in the inspector's head. */
const state = (inspector, text) => inspector.locator(".inspector > summary").getByText(text, { exact: true });

/** A frame in the list of events, by what stands in its line. */
const line = (inspector, text) => inspector.getByRole("log").locator("summary").filter({ hasText: text });

/** The value beside a name. */
const fact = (inspector, name) => inspector.locator("dl > div").filter({ hasText: name }).locator("dd");

const listeners = (page) => page.evaluate(() => globalThis.listeners);

test("shows where the connection stands", async (t) => {
  const { server, page, problems, inspector } = await inspect(t, { connectOptions: { reconnect: { initialDelay: 60_000, maxDelay: 60_000 } } });
  await state(inspector, "connected").waitFor();
  await inspector.getByText(server.ws).waitFor();
  assert.equal(await fact(inspector, "Connection").last().textContent(), "no. 1");
  assert.match(await fact(inspector, "Server").textContent(), /^wharf/i);
  assert.equal(await fact(inspector, "Outbox").textContent(), "empty");
  assert.deepEqual(problems, []);
  await server.kill();
  await state(inspector, "waiting").waitFor();
  await page.evaluate(() => void globalThis.client.publish("/queue/orders", "abc").catch(() => {}));
  await fact(inspector, "Outbox").filter({ hasText: "1 message, 3 octets" }).waitFor();
  assert.match(await fact(inspector, "Next attempt").textContent(), /^(now|in \d+\.\d s)$/);
  await server.start();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await state(inspector, "connected").waitFor();
  await fact(inspector, "Outbox").filter({ hasText: "empty" }).waitFor();
  assert.equal(await fact(inspector, "Next attempt").isVisible(), false);
  await page.evaluate(() => globalThis.client.close());
  await state(inspector, "closed").waitFor();
});

test("shows the subscriptions", async (t) => {
  const { page, inspector } = await inspect(t);
  await inspector.getByText("No subscriptions").waitFor();
  await page.evaluate(async () => {
    const { client } = globalThis;
    globalThis.held = [];
    globalThis.orders = client.subscribe("/queue/orders", (message) => globalThis.held.push(message), { ack: "client-individual" });
    client.subscribe("/topic/news");
    await globalThis.orders.ready;
    for (let number = 0; number < 3; number += 1) await client.publish("/queue/orders", "x");
    await client.publish("/topic/news", "nobody reads it");
  });
  const table = inspector.getByRole("table", { name: "Subscriptions: 2" });
  await table.waitFor();
  const row = (destination) => table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: destination }) });
  const cells = (destination) => row(destination).getByRole("cell").allTextContents();
  assert.deepEqual(await table.getByRole("columnheader").allTextContents(), ["Destination", "Ack", "Received", "Unsettled", "Waiting", "Ready"]);
  await row("/queue/orders").waitFor();
  await eventually("three came", async () => (await cells("/queue/orders")).join() === "client-individual,3,3,0,yes");
  await eventually("one waits", async () => (await cells("/topic/news")).join() === "auto,1,0,1,yes");
  await page.evaluate(() => globalThis.held.pop().ack());
  await eventually("one is settled", async () => (await cells("/queue/orders"))[2] === "2");
  await page.evaluate(() => globalThis.orders.unsubscribe());
  await inspector.getByText("Subscriptions: 1").waitFor();
});

test("shows what goes over the wire, held and emptied as is wanted", async (t) => {
  const { page, inspector } = await inspect(t);
  const log = inspector.getByRole("log", { name: "Events" });
  const publish = (destination) => page.evaluate((to) => globalThis.client.publish(to, "hello"), destination);
  await publish("/queue/first");
  const send = log.locator("details").filter({ hasText: "/queue/first" });
  await send.waitFor();
  assert.match(await send.locator("summary").innerText(), /SEND[^]*\/queue\/first · 5 octets/);
  await send.locator("summary").click();
  assert.match(await send.locator("pre").innerText(), /^destination:\/queue\/first$/m);
  const pause = inspector.getByRole("button", { name: "Pause" });
  await pause.click();
  assert.equal(await pause.getAttribute("aria-pressed"), "true");
  await publish("/queue/second");
  await inspector.getByText(/^\d+ new$/).waitFor();
  assert.equal(await log.getByText("/queue/second").count(), 0);
  await pause.click();
  await line(inspector, "/queue/second").waitFor();
  await inspector.getByRole("button", { name: "Clear" }).click();
  assert.equal(await log.locator(":scope > *").count(), 0);
});

test("keeps the last events, and no more", async (t) => {
  const { page, inspector } = await inspect(t);
  await page.evaluate(async () => {
    for (let number = 0; number < 150; number += 1) await globalThis.client.publish(`/topic/${number}`, "x");
  });
  const log = inspector.getByRole("log");
  await line(inspector, "/topic/149").waitFor();
  assert.equal(await log.locator(":scope > *").count(), 200);
  assert.equal(await line(inspector, "/topic/0 ").count(), 0);
  await eventually("it is scrolled to the end", () => log.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight < 8));
});

test("listens only as long as somebody looks", async (t) => {
  const { page, inspector } = await inspect(t);
  await eventually("it listens", async () => (await listeners(page)).debug === 1);
  await state(inspector, "connected").click();
  await eventually("it is folded", async () => (await listeners(page)).debug === 0);
  assert.equal((await listeners(page)).state, 1);
  await state(inspector, "connected").click();
  await eventually("it is open", async () => (await listeners(page)).debug === 1);
  await page.evaluate(() => globalThis.inspector.remove());
  assert.deepEqual(await listeners(page), { state: 0, debug: 0 });
  await page.evaluate(() => document.querySelector("main").append(globalThis.inspector));
  assert.deepEqual(await listeners(page), { state: 1, debug: 1 });
  await page.evaluate(() => (globalThis.inspector.client = undefined));
  assert.deepEqual(await listeners(page), { state: 0, debug: 0 });
  await state(inspector, "no client").waitFor();
});

test("shows no secrets", async (t) => {
  const { page, inspector } = await inspect(t, { query: "?access_token=hidden", connectOptions: { reconnect: { initialDelay: 0 } } });
  await page.evaluate(async () => {
    await globalThis.client.publish("/queue/orders", "hidden", { headers: { "x-api-token": "hidden" } });
    dispatchEvent(new Event("online"));
  });
  await line(inspector, "/queue/orders").waitFor();
  await inspector.getByText("/ws?…").waitFor();
  const all = await page.evaluate(() => globalThis.inspector.shadowRoot.textContent);
  assert.ok(all.includes("x-api-token:***"));
  assert.ok(!all.includes("hidden"), all);
});

test("takes a client that was given before it was there", async (t) => {
  const { page } = await inspect(t);
  const shown = await page.evaluate(async () => {
    // As a framework does, which makes elements before their script is loaded.
    const frame = document.body.appendChild(document.createElement("iframe"));
    const early = frame.contentDocument.body.appendChild(frame.contentDocument.createElement("wharf-inspector"));
    early.client = globalThis.client;
    const script = frame.contentDocument.createElement("script");
    script.type = "module";
    const policy = trustedTypes.createPolicy("test", { createScriptURL: (url) => url });
    script.src = policy.createScriptURL(new URL("/client/inspector.js", location.href).href);
    frame.contentDocument.body.append(script);
    await frame.contentWindow.customElements.whenDefined("wharf-inspector");
    return early.shadowRoot.querySelector(".state").textContent;
  });
  assert.equal(shown, "connected");
});

for (const [look, options] of Object.entries({
  light: { colorScheme: "light", viewport: { width: 900, height: 700 } },
  dark: { colorScheme: "dark", viewport: { width: 900, height: 700 } },
  phone: { colorScheme: "light", viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
})) {
  test(`breaks no rule of axe, and fits its window: ${look}`, async (t) => {
    const { page, problems, inspector } = await inspect(t, { looks: { ...options, reducedMotion: "reduce" } });
    await page.evaluate(async () => {
      const { client } = globalThis;
      for (const destination of ["/queue/orders", "/topic/prices.*", "/queue/thumbnails"]) {
        await client.subscribe(destination, () => {}, { ack: destination.startsWith("/queue") ? "handler" : "auto" }).ready;
      }
      for (let number = 0; number < 4; number += 1) await client.publish("/queue/orders", { number }, { headers: { colour: "blue" } });
      await client.publish("/topic/prices.rope", { price: 12 });
    });
    await line(inspector, "/topic/prices.rope").first().waitFor();
    await line(inspector, /^.*SEND.*prices/).click();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, failureSummary }) => [...target, failureSummary])]), []);
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `inspector-${look}.png`) });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false);
    assert.deepEqual(problems, []);
  });
}
