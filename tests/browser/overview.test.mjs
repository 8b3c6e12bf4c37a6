// The dashboard's overview.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, publish } from "./dashboard.mjs";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const total = (page, field, text) => page.locator(`[data-testid=total][data-field=${field}]`, { hasText: new RegExp(`^${text}$`) });

test("totals follow what is there", async (t) => {
  const server = await Server.start(t);
  const { page, problems } = await open(t, server.origin);
  await isLive(page);
  await total(page, "queues", "0").waitFor();
  await fill(server);
  await total(page, "queues", "4").waitFor();
  await total(page, "ready", "12").waitFor();
  await total(page, "unacked", "0").waitFor();
  await total(page, "exchanges", "\\d+").waitFor();
  await total(page, "connections", "\\d+").waitFor();
  assert.deepEqual(problems, []);
});

test("the charts are full from the first paint", async (t) => {
  const server = await Server.start(t);
  await fill(server);
  const samples = async () => {
    const overview = await (await server.api("GET", "/api/overview?msg_rates_age=600&msg_rates_incr=1")).json();
    return overview.message_stats?.publish_details?.samples ?? [];
  };
  // What was published before anybody looked, between one sample and another: it must be in the picture all the same.
  await eventually("there is a first sample", async () => (await samples()).length > 0);
  for (let number = 0; number < 20; number += 1) await publish(server, "orders", { number });
  await eventually("what was published is sampled", async () => (await samples())[0].sample === 32);
  const { page } = await open(t, `${server.origin}/#/?range=60`);
  const ink = () => page.evaluate(() => {
    const canvas = document.querySelector("[data-testid=rates-chart] canvas");
    if (!canvas) return 0;
    const probe = document.createElement("i");
    probe.style.color = "var(--publish)";
    document.body.append(probe);
    const wanted = getComputedStyle(probe).color.match(/\d+/g).map(Number);
    probe.remove();
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let pixels = 0;
    for (let at = 0; at < width * canvas.height * 4; at += 4) {
      if (wanted.every((part, index) => Math.abs(data[at + index] - part) < 40) && data[at + 3] > 100) pixels += 1;
    }
    return pixels;
  });
  await eventually("the line is drawn", async () => (await ink()) > 100);
});

test("a chart tells its values under the pointer, and can be held", async (t) => {
  const server = await Server.start(t);
  await fill(server);
  const { page } = await open(t, server.origin);
  await isLive(page);
  const box = page.locator(".chart-box").first();
  await byId(page, "rates-chart").hover({ position: { x: 400, y: 60 } });
  await box.locator(".when", { hasText: /^\d\d:\d\d:\d\d$/ }).waitFor();
  await page.mouse.move(5, 5);
  await box.getByTestId("chart-pause").click();
  // Both charts show the same minutes.
  assert.equal(await page.locator('.chart-box[data-paused="true"]').count(), 2);
  await page.mouse.move(5, 5);
  await box.locator(".when", { hasText: "paused" }).waitFor();
  await box.getByTestId("chart-pause").click();
  assert.equal(await page.locator('.chart-box[data-paused="true"]').count(), 0);
  await page.getByRole("button", { name: "1 min", exact: true }).click();
  await page.waitForURL(/range=60$/);
});

test("what it runs on is measured against its limits, and a missing disk is explained", async (t) => {
  const server = await Server.start(t, { config: '[limits]\nmemory = 67108864' });
  const { page } = await open(t, server.origin);
  await isLive(page);
  await byId(page, "message-memory").getByText(/of .* MiB$/).waitFor();
  await byId(page, "process-memory").getByText(/MiB of/).waitFor();
  await byId(page, "files").getByText(/^\d+ of [\d,]+$/).waitFor();
  await byId(page, "disk").getByText(/keeps messages in memory/).waitFor();
  const { listeners } = await (await server.api("GET", "/api/overview")).json();
  for (const { port } of listeners) await byId(page, "listeners").getByText(`:${port}`).waitFor();
});

test("where messages are kept, what is free there is shown, and after a crash they are there again", async (t) => {
  const server = await Server.start(t, { keeps: true });
  await server.api("PUT", "/api/queues/%2F/orders", { durable: true });
  const properties = { delivery_mode: 2 };
  const order = { routing_key: "orders", payload: "1", payload_encoding: "string", properties };
  await server.api("POST", "/api/exchanges/%2F/amq.default/publish", order);
  const { page } = await open(t, server.origin);
  await isLive(page);
  await byId(page, "disk").getByText(/^[\d.,]+ [MGT]iB$/).waitFor();
  await server.kill();
  await byId(page, "state").and(page.locator(":not([data-kind=live])")).waitFor();
  await server.start();
  await isLive(page);
  await page.goto(`${server.origin}/#/queues`);
  const row = page.locator('[data-testid=queue-row][data-name="orders"]');
  await row.locator("[data-field=ready]").filter({ hasText: /^1$/ }).waitFor();
});

test("queues that nobody reads need attention until somebody does", async (t) => {
  const server = await Server.start(t);
  const { page } = await open(t, server.origin);
  await isLive(page);
  await byId(page, "attention-none").waitFor();
  await fill(server);
  const concern = byId(page, "concern").filter({ hasText: "1 queue without consumers" });
  await concern.getByRole("link", { name: "orders", exact: true }).waitFor();
  await page.evaluate(async () => {
    const { connect } = await import("/client/index.js");
    const client = await connect(new URL("/ws", location.href.replace(/^http/, "ws")), { login: "guest", passcode: "guest" });
    client.subscribe("/queue/orders", () => {});
  });
  await concern.waitFor({ state: "detached" });
});

test("blocked publishers need attention first of all", async (t) => {
  const server = await Server.start(t, { config: '[limits]\nmemory = 8388608' });
  await server.api("PUT", "/api/queues/%2F/flood", {});
  const { page } = await open(t, server.origin);
  await isLive(page);
  const body = "x".repeat(500_000);
  for (let sent = 0; sent < 40; sent += 1) {
    if ((await publish(server, "flood", body)).status === 503) break;
  }
  await byId(page, "concern").filter({ hasText: "Publishers are blocked" }).waitFor();
  await page.locator("[data-testid=message-memory]:is([data-level=full], [data-level=high])").waitFor();
});

test("the busiest queues are there with their figures", async (t) => {
  const server = await Server.start(t);
  await fill(server);
  const { page } = await open(t, server.origin);
  await isLive(page);
  const line = byId(page, "busiest").locator("tbody tr").first();
  await line.locator("th", { hasText: "orders" }).waitFor();
  await line.getByText("12", { exact: true }).first().waitFor(); // so many wait, and perhaps came in the last second
  await line.getByRole("link").click();
  await page.waitForURL(/#\/queues\/%2F\/orders$/);
});
