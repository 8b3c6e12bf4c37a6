// Streams in the dashboard: in the list, on their page, replayed from anywhere, and in the playground.

import assert from "node:assert/strict";
import { test } from "node:test";
import { declareStream, publish, readInGroup } from "./dashboard.mjs";
import { eventually, Server } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

const row = (page, name) => page.locator(`[data-testid=queue-row][data-name="${name}"]`);
const figure = (page, field) => byId(page, "stream-figures").locator(`[data-field=${field}]`);
const shows = (page, field, text) => figure(page, field).filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
const says = (page, id, text) => byId(page, id).filter({ hasText: text }).first().waitFor();
const offsets = async (page) => (await byId(page, "message-offset").allTextContents()).map((text) => Number(text.replace(/\D/g, "")));
const hash = (page) => page.evaluate(() => location.hash); // page.url() learns of it later

/** Waits until the messages shown are those from one offset up to, and without, another. */
async function spans(page, from, end) {
  const expected = Array.from({ length: end - from }, (_, index) => from + index);
  await eventually(`offsets ${from} to ${end - 1} are shown`, async () => String(await offsets(page)) === String(expected));
}

/** A server with a stream of so many messages, `{"id":OFFSET}` each, and its page. */
async function openStream(t, { messages = 0, retention = {}, query = "", options = {}, keeps = false } = {}) {
  const server = await Server.start(t, { keeps });
  await declareStream(server, "log", retention);
  for (let id = 0; id < messages; id += 1) await publish(server, "log", { id });
  const { page, problems } = await open(t, `${server.origin}/#/queues/%2F/log${query}`, options);
  await isLive(page);
  await byId(page, "stream-figures").waitFor();
  return { server, page, problems };
}

test("a stream is created through the dialog, published to, and seen in the list and on its page", async (t) => {
  const server = await Server.start(t, { keeps: true });
  const { page, problems } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  await byId(page, "create-queue").click();
  await byId(page, "create-type-stream").check();
  assert.equal(await byId(page, "create-queue-durable").count(), 0, "a stream is durable without being asked");
  assert.equal(await byId(page, "create-queue-more").count(), 0, "the arguments of queues mean nothing to a stream");
  await byId(page, "create-queue-name").fill("events");
  await byId(page, "create-queue-x-max-age").fill("36");
  await byId(page, "create-queue-x-max-age-unit").selectOption("h");
  await byId(page, "create-queue-x-max-length-bytes").fill("2");
  await byId(page, "create-queue-x-max-length-bytes-unit").selectOption("GiB");
  await byId(page, "create-queue-x-max-length").fill("1000");
  await says(page, "retention-text", "Keeps messages for 36 hours, at most 1,000 messages and 2 GiB; the oldest go first.");
  await byId(page, "create-queue-submit").click();
  await row(page, "events").waitFor();
  const { type, durable, arguments: given } = await server.queue("events");
  assert.deepEqual([type, durable], ["stream", true]);
  assert.deepEqual(given, { "x-queue-type": "stream", "x-max-age": "36h", "x-max-length-bytes": 2 ** 31, "x-max-length": 1000 });
  assert.equal(await row(page, "events").locator("[data-field=type]").innerText(), "stream");
  assert.equal(await row(page, "events").getByTestId("purge-queue").count(), 0, "nothing is purged from a stream");

  await row(page, "events").getByRole("link").click();
  await byId(page, "stream-figures").waitFor();
  assert.equal(await page.title(), "Stream events · Wharf");
  await says(page, "stream-retention", "Keeps messages for 36 hours");
  await says(page, "stream-retention", "Durable: a restart of the gateway loses none of it.");
  await says(page, "replay-empty", "The next one gets the offset 0");
  await byId(page, "tab-publish").click();
  for (const offset of [0, 1]) {
    await byId(page, "publish-body").fill(`{"number":${offset}}`);
    await byId(page, "publish-submit").click();
    await says(page, "publish-said", `with the offset ${offset}.`);
  }
  await shows(page, "kept", "2");
  await shows(page, "next", "2");
  await byId(page, "publish-offset").click();
  await spans(page, 1, 2);
  await says(page, "message-body", '"number": 1');
  await page.getByRole("link", { name: "Queues and streams" }).click();
  await row(page, "events").locator("[data-field=ready]", { hasText: "2" }).waitFor();
  assert.deepEqual(problems, []);
});

test("what a stream cannot be created with is refused with the reason, and the form stays", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/taken", {});
  const { page } = await open(t, `${server.origin}/#/queues?create=stream`);
  await isLive(page);
  await byId(page, "create-queue-name").fill("taken");
  await byId(page, "create-queue-submit").click();
  await byId(page, "create-queue-error").waitFor();
  assert.equal(await byId(page, "create-queue-name").inputValue(), "taken");
  assert.equal(await byId(page, "create-type-stream").isChecked(), true);
});

test("the list is limited to a type, which is in the address", async (t) => {
  const server = await Server.start(t);
  await server.api("PUT", "/api/queues/%2F/kept", { durable: true });
  await server.api("PUT", "/api/queues/%2F/passing", {});
  await declareStream(server, "log");
  for (const id of [1, 2, 3]) await publish(server, "log", { id });
  const { page, problems } = await open(t, `${server.origin}/#/queues`);
  await isLive(page);
  const names = async () => page.locator("[data-testid=queue-row]").evaluateAll((rows) => rows.map(({ dataset }) => dataset.name).join());
  const are = (expected) => eventually(`the rows are ${expected}`, async () => (await names()) === expected);
  await are("kept,log,passing");
  const types = await page.locator("[data-testid=queue-row] [data-field=type]").allInnerTexts();
  assert.deepEqual(types, ["durable", "stream", "transient"]);
  await byId(page, "queue-type").selectOption("streams");
  await are("log");
  await row(page, "log").locator("[data-field=offsets]", { hasText: "0–2" }).waitFor();
  assert.match(await hash(page), /type=streams/);
  const other = await open(t, await page.evaluate(() => location.href));
  await isLive(other.page);
  await row(other.page, "log").waitFor();
  assert.equal(await other.page.locator("[data-testid=queue-row]").count(), 1);
  await byId(other.page, "queue-type").selectOption("queues");
  await row(other.page, "kept").waitFor();
  await row(other.page, "log").waitFor({ state: "detached" });
  assert.deepEqual([...problems, ...other.problems], []);
});

test("the newest messages are shown at once, and paged through backward and forward", async (t) => {
  const { server, page, problems } = await openStream(t, { messages: 120 });
  await spans(page, 70, 120);
  await says(page, "replay-note", "70 older, 0 newer");
  await byId(page, "replay-older").click();
  await spans(page, 20, 70);
  await byId(page, "replay-older-below").click();
  await spans(page, 0, 50);
  assert.equal(await byId(page, "replay-older").getAttribute("aria-disabled"), "true");
  await byId(page, "replay-newer").focus();
  for (const from of [50, 100]) {
    await page.keyboard.press("Enter");
    await spans(page, from, Math.min(120, from + 50));
  }
  await eventually("it is the end", async () => (await byId(page, "replay-newer").getAttribute("aria-disabled")) === "true");
  assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "replay-newer", "the focus stays at the end");
  await publish(server, "log", { id: 120 });
  await says(page, "replay-note", "1 newer");
  await page.keyboard.press("Enter");
  await spans(page, 120, 121);
  const { messages_ready, message_stats } = await server.queue("log");
  assert.deepEqual([messages_ready, message_stats.deliver_get], [121, 0], "reading takes nothing");
  assert.deepEqual(problems, []);
});

test("a stream is replayed from an offset, and the address brings the same back", async (t) => {
  const { page, problems } = await openStream(t, { messages: 60 });
  await byId(page, "replay-at").selectOption("offset");
  await byId(page, "replay-offset").fill("30");
  await byId(page, "replay-read").click();
  await spans(page, 30, 60);
  assert.equal(new URLSearchParams((await hash(page)).split("?")[1]).get("from"), "offset=30");
  await byId(page, "message").first().locator("summary").click();
  await byId(page, "message").first().getByText("routing key").waitFor();
  assert.equal(await byId(page, "message-key").first().innerText(), "log");
  await byId(page, "replay-at").selectOption("first");
  await byId(page, "replay-read").click();
  await spans(page, 0, 50);

  const base = await page.evaluate(() => location.href.split("#")[0]);
  const linked = await open(t, `${base}#/queues/%2F/log?from=offset=42`);
  await isLive(linked.page);
  await spans(linked.page, 42, 60);
  assert.equal(await byId(linked.page, "replay-offset").inputValue(), "42");
  await byId(linked.page, "message-offset").nth(3).click();
  await spans(linked.page, 45, 60);
  await linked.page.evaluate(() => void (location.hash = "#/queues/%2F/log?from=offset=500"));
  await says(linked.page, "replay-empty", "The newest has the offset 59");
  await linked.page.evaluate(() => void (location.hash = "#/queues/%2F/log?from=nonsense"));
  await spans(linked.page, 10, 60);
  assert.deepEqual([...problems, ...linked.problems], []);
});

test("a stream is replayed from a point in time, in the reader's own zone", async (t) => {
  const options = { timezoneId: "Asia/Tokyo" };
  const { server, page, problems } = await openStream(t, { messages: 5, options });
  await spans(page, 0, 5);
  await new Promise((resolve) => setTimeout(resolve, 2_100)); // the field counts seconds
  await publish(server, "log", { id: 5 });
  const [last] = await (await server.api("POST", "/api/queues/%2F/log/get", { count: 1, ackmode: "ack_requeue_true", offset: "last" })).json();
  const second = Math.floor(last.published / 1_000);
  const tokyo = new Date((second + 9 * 3_600) * 1_000).toISOString().slice(0, 19);
  await byId(page, "replay-at").selectOption("time");
  await byId(page, "replay-time").fill(tokyo);
  await byId(page, "replay-read").click();
  await spans(page, 5, 6);
  assert.equal(new URLSearchParams((await hash(page)).split("?")[1]).get("from"), `timestamp=${second}`);
  await page.reload();
  await isLive(page);
  await spans(page, 5, 6);
  assert.equal((await byId(page, "replay-time").inputValue()).slice(0, 19), tokyo);
  await byId(page, "replay-time").fill("2031-01-01T00:00:00");
  await byId(page, "replay-read").click();
  await says(page, "replay-empty", "No message is as new as 1 Jan 2031, 00:00:00.");
  await byId(page, "replay-older").click();
  await spans(page, 0, 6);
  assert.deepEqual(problems, []);
});

test("what is dropped meanwhile is said, and not shown", async (t) => {
  const { page, problems } = await openStream(t, { messages: 12, retention: { "x-max-length": 5 }, query: "?from=offset=2" });
  await spans(page, 7, 12);
  await says(page, "replay-missed", "Offset 2 is not kept any more: the oldest from there on is 7.");
  await shows(page, "first", "7");
  await shows(page, "kept", "5");
  await says(page, "stream-retention", "Keeps at most 5 messages");
  assert.deepEqual(problems, []);
});

test("new messages are followed as they come, and a link follows too", async (t) => {
  const { server, page, problems } = await openStream(t, { messages: 3 });
  await byId(page, "replay-follow").click();
  const card = byId(page, "subscription");
  await card.getByTestId("message").nth(2).waitFor();
  await publish(server, "log", { id: "new" });
  await card.getByTestId("message").filter({ hasText: '"new"' }).getByText("offset 3").waitFor();
  assert.match(await hash(page), /follow=1/);
  const other = await open(t, await page.evaluate(() => location.href));
  await byId(other.page, "subscription").getByTestId("message").nth(3).waitFor();
  await byId(page, "replay-follow").click();
  await card.waitFor({ state: "detached" });
  await spans(page, 0, 4);
  await eventually("only the other page reads", async () => (await server.queue("log")).consumers === 1);
  assert.deepEqual([...problems, ...other.problems], []);
});

test("a group is shown with how far it is, and so are its members, as they come and go", async (t) => {
  const { server, page, problems } = await openStream(t, { messages: 10, query: "?tab=groups" });
  await byId(page, "groups-empty").waitFor();
  await readInGroup(server, "log", "billing", 4);
  const group = page.locator('[data-testid=group-row][data-name="billing"]');
  const cell = (field, text) => group.locator(`[data-field=${field}]`, { hasText: new RegExp(`^${text}$`) }).waitFor();
  await cell("committed", "4");
  await cell("lag", "6");
  await cell("members", "0");
  await publish(server, "log", { id: 10 });
  await cell("lag", "7");
  const member = await open(t, `${server.origin}/favicon.svg`);
  await member.page.evaluate(async () => {
    const { connect } = await import("/client/index.js");
    globalThis.client = await connect(location.origin.replace("http", "ws") + "/ws", { login: "guest", passcode: "guest" });
    await globalThis.client.subscribe("/stream/log", () => {}, { ack: "client-individual", prefetch: 3, group: "billing" }).ready;
  });
  await cell("members", "1");
  await byId(page, "tab-consumers").click();
  await byId(page, "consumer-row").filter({ hasText: "3" }).waitFor();
  await byId(page, "tab-groups").click();
  await member.page.evaluate(() => globalThis.client.close());
  await cell("members", "0");
  await group.getByRole("link").click();
  await spans(page, 4, 11);
  await page.goto(`${server.origin}/#/queues?type=streams`);
  await row(page, "log").locator("[data-field=lag]", { hasText: "7" }).waitFor();
  assert.deepEqual(problems, []);
});

test("deleting a stream names what is lost, its groups too, and wants its name", async (t) => {
  const { server, page, problems } = await openStream(t, { messages: 3 });
  await readInGroup(server, "log", "billing", 1);
  await byId(page, "delete-queue").click();
  const dialog = byId(page, "confirm-dialog");
  await dialog.filter({ hasText: "Lost with it: 3 messages" }).filter({ hasText: "Consumer groups that lose their place: 1 (billing)" }).waitFor();
  assert.equal(await byId(page, "confirm-act").isDisabled(), true);
  await byId(page, "confirm-typed").fill("log");
  await byId(page, "confirm-act").click();
  await page.waitForFunction(() => location.hash.startsWith("#/queues") && !location.hash.includes("log"));
  await eventually("it is gone", async () => (await server.queue("log")) === null);
  assert.deepEqual(problems, []);
});

test("a stream that is created again is read anew, and an older link finds what is there", async (t) => {
  const { server, page } = await openStream(t, { messages: 3 });
  await spans(page, 0, 3);
  await server.api("DELETE", "/api/queues/%2F/log");
  await byId(page, "queue-gone").waitFor();
  await declareStream(server, "log");
  await publish(server, "log", { id: "again" });
  await spans(page, 0, 1);
  await says(page, "message-body", "again");
});

test("without the server the figures are said to be old, and messages come back with it", async (t) => {
  const { server, page } = await openStream(t, { messages: 3, keeps: true });
  await spans(page, 0, 3);
  await server.kill();
  await byId(page, "stale").waitFor();
  await spans(page, 0, 3);
  await byId(page, "replay-read").click();
  await byId(page, "replay-error").waitFor();
  await server.start();
  await isLive(page);
  await byId(page, "replay-error").waitFor({ state: "detached" });
  await spans(page, 0, 3);
  await publish(server, "log", { id: "after" });
  await shows(page, "kept", "4");
});

test("settings say what is kept, in words and as declared", async (t) => {
  const retention = { "x-max-age": "7D", "x-max-length-bytes": 1e9 };
  const { page } = await openStream(t, { query: "?tab=settings", retention });
  await says(page, "stream-settings", "7 days (7D)");
  await says(page, "stream-settings", "954 MiB (1,000,000,000 B)");
  await page.getByText("By age and size whole segments go").waitFor();
});

test("a queue says what a restart leaves of it", async (t) => {
  const server = await Server.start(t, { keeps: true });
  await server.api("PUT", "/api/queues/%2F/kept", { durable: true });
  await server.api("PUT", "/api/queues/%2F/passing", {});
  const { page, problems } = await open(t, `${server.origin}/#/queues/%2F/kept`);
  await isLive(page);
  await says(page, "queue-survival", "survives a restart of the gateway, and so do its persistent messages");
  await page.goto(`${server.origin}/#/queues/%2F/passing`);
  await says(page, "queue-survival", "Transient: a restart of the gateway leaves nothing of the queue");
  const inMemory = await Server.start(t);
  await inMemory.api("PUT", "/api/queues/%2F/kept", { durable: true });
  const other = await open(t, `${inMemory.origin}/#/queues/%2F/kept`);
  await says(other.page, "queue-survival", "but this gateway keeps everything in memory");
  assert.deepEqual(problems, []);
});

test("the playground reads a stream from where one says, and shows the offset of each message", async (t) => {
  const server = await Server.start(t);
  await declareStream(server, "log");
  for (let id = 0; id < 6; id += 1) await publish(server, "log", { id });
  const { page, problems } = await open(t, `${server.origin}/#/playground`);
  await isLive(page);
  assert.equal(await byId(page, "subscribe-start-at").count(), 0, "only streams have a place to begin");
  await byId(page, "subscribe-destination").fill("/stream/log");
  await byId(page, "subscribe-start-at").selectOption("offset");
  await byId(page, "subscribe-start-offset").fill("4");
  await byId(page, "subscribe-submit").click();
  const card = page.locator('[data-testid=subscription][data-destination="/stream/log"]');
  await card.getByTestId("message").nth(1).waitFor();
  assert.deepEqual(await card.getByTestId("message-offset").allInnerTexts(), ["offset 5", "offset 4"]);
  await page.waitForFunction(() => decodeURIComponent(location.hash).includes("start=offset=4"));

  const linked = await open(t, await page.evaluate(() => location.href));
  const same = linked.page.locator('[data-testid=subscription][data-destination="/stream/log"]');
  await same.getByTestId("message").nth(1).waitFor();
  assert.deepEqual(await same.getByTestId("message-offset").allInnerTexts(), ["offset 5", "offset 4"]);

  await byId(page, "subscribe-protocol").selectOption("http");
  await byId(page, "subscribe-start-at").selectOption("first");
  assert.equal(await byId(page, "fetch-take").count(), 0, "nothing is taken from a stream");
  await byId(page, "fetch-submit").click();
  await says(page, "fetched-note", "left in the stream");
  assert.equal(await byId(page, "fetched").getByTestId("message-offset").first().innerText(), "offset 0");
  // A queue's destination may lead to a stream too.
  await byId(page, "subscribe-destination").fill("/queue/log");
  await byId(page, "subscribe-start-at").waitFor();
  assert.deepEqual([...problems, ...linked.problems], []);
});

for (const [width, height] of [[390, 844], [1280, 800], [1920, 1080]]) {
  test(`streams fit a window of ${width} pixels`, async (t) => {
    const { server, page, problems } = await openStream(t, { messages: 60, options: { viewport: { width, height } } });
    await readInGroup(server, "log", "a.group.with.a.rather.long.name.as.people.give.them", 2);
    const fits = async (what) => {
      const wide = await page.evaluate(() => [document.documentElement, document.querySelector("main")].some((one) => one.scrollWidth > one.clientWidth + 1));
      assert.equal(wide, false, `${what} has to be scrolled sideways`);
      const high = await page.evaluate(() => document.documentElement.scrollHeight > document.documentElement.clientHeight);
      assert.equal(high, false, `${what} scrolls its header away`);
    };
    for (const query of ["", "?from=offset=3", "?from=timestamp=1700000000.123", "?follow=1", "?tab=publish", "?tab=groups", "?tab=consumers", "?tab=bindings", "?tab=settings"]) {
      await page.goto(`${server.origin}/#/queues/%2F/log${query}`);
      await byId(page, "stream-figures").waitFor();
      await page.getByRole("tabpanel").locator("form, table, dl, [data-testid=messages], .empty-state").first().waitFor();
      await fits(query || "the page");
    }
    for (const address of ["#/queues", "#/queues?type=streams", "#/queues?create=stream"]) {
      await page.goto(`${server.origin}/${address}`);
      await row(page, "log").waitFor();
      await fits(address);
    }
    assert.deepEqual(problems, []);
  });
}
