// The dashboard's pages of webhooks and inbound hooks: what goes out, how each attempt went, and what came in.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { LOOPBACK_SINKS } from "./dashboard.mjs";
import { Arrivals, eventually, Server, within } from "./harness.mjs";
import { byId, isLive, open, useChromium } from "./page.mjs";

useChromium();

async function openPage(t, hash) {
  const server = await Server.start(t, { config: LOOPBACK_SINKS });
  const { page, problems } = await open(t, `${server.origin}/${hash}`, { reducedMotion: "reduce" });
  await isLive(page);
  return { server, page, problems };
}

/** An endpoint of the test's own; `answer` may be changed while it runs. */
async function listen(t, answer = { status: 204 }) {
  const requests = new Arrivals();
  const sink = { answer, requests };
  const http = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(sink.answer.status, { "content-type": "text/plain", ...sink.answer.headers }).end(sink.answer.body);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks) });
  });
  t.after(() => {
    http.close();
    http.closeAllConnections();
  });
  await within(new Promise((resolve) => http.listen(0, "127.0.0.1", resolve)), "the sink listens");
  sink.url = `http://127.0.0.1:${http.address().port}/hook`;
  return sink;
}

/** Fills in the form, and leaves it by way of the secret. Resolves to the secret. */
async function createWebhook(page, { sink, source, schedule, ...fields }) {
  await byId(page, "create-webhook").click();
  await byId(page, "webhook-form-sink").fill(sink);
  await byId(page, "webhook-form-source").fill(source);
  if (schedule !== undefined) await byId(page, "webhook-form-schedule").fill(schedule);
  for (const [name, value] of Object.entries(fields)) await byId(page, `webhook-form-${name}`).fill(value);
  await byId(page, "webhook-form-submit").click();
  await byId(page, "secret-dialog").waitFor();
  const secret = await byId(page, "secret").textContent();
  await byId(page, "secret-kept").click();
  await byId(page, "webhook-figures").waitFor();
  return secret;
}

async function publish(server, destination, event) {
  const response = await fetch(`${server.origin}/events${destination}`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("guest:guest")}`, "content-type": "application/cloudevents+json" },
    body: JSON.stringify({ specversion: "1.0", source: "/test", ...event }),
  });
  assert.equal(response.status, 202, await response.text());
}

function signatureOf(secret, { headers, body }) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`).update(body);
  return `v1,${signed.digest("base64")}`;
}

const figure = (page, field) => page.locator(`[data-testid=webhook-figures] [data-field="${field}"]`);
const attempt = (page, outcome) => page.locator(`[data-testid=attempt-row][data-outcome="${outcome}"]`);
const shows = (page, field, text) => eventually(`${field} is ${text}`, async () => (await figure(page, field).textContent()) === text);

test("a webhook is created with its secret shown once, and a test event arrives signed with it", async (t) => {
  const { page, problems } = await openPage(t, "#/webhooks");
  await byId(page, "webhooks-empty").waitFor();
  const sink = await listen(t, { status: 200, body: "thanks" });
  const secret = await createWebhook(page, { sink: sink.url, source: "/topic/orders.#", description: "Orders to the warehouse" });
  assert.match(secret, /^whsec_[A-Za-z0-9+/]+=*$/);
  await page.getByRole("heading", { name: "Orders to the warehouse" }).waitFor();
  assert.equal((await page.content()).includes(secret), false, "the secret is gone with its dialog");

  await byId(page, "test-webhook").click();
  const request = await sink.requests.next("the test event");
  assert.ok(request.headers["webhook-signature"].split(" ").includes(signatureOf(secret, request)));
  await byId(page, "attempt-dialog").waitFor();
  assert.equal(await byId(page, "attempt-dialog").getByTestId("attempt-outcome").textContent(), "delivered");
  assert.equal(await byId(page, "attempt-response-body").textContent(), "thanks");
  await byId(page, "attempt-close").click();
  await attempt(page, "delivered").first().waitFor();
  assert.equal(await attempt(page, "delivered").first().locator("[data-field=status]").textContent(), "200");

  await page.reload();
  await isLive(page);
  await byId(page, "webhook-figures").waitFor();
  assert.equal((await page.content()).includes(secret), false, "nor does a reload bring it back");
  assert.deepEqual(problems, []);
});

test("an event is tried again until the endpoint takes it, and every attempt can be looked into", async (t) => {
  const { server, page, problems } = await openPage(t, "#/webhooks");
  const sink = await listen(t, { status: 500, body: "we are deploying" });
  await createWebhook(page, { sink: sink.url, source: "/topic/orders.#", schedule: "2 s, 2 s, 2 s" });
  await publish(server, "/topic/orders.new", { id: "1", type: "order.placed", subject: "order-1" });
  const first = await sink.requests.next("the first attempt");
  await attempt(page, "failed").first().waitFor();
  sink.answer = { status: 204 };
  await attempt(page, "failed").last().click();
  await byId(page, "attempt-dialog").waitFor();
  assert.equal(await byId(page, "attempt-status").textContent(), "HTTP 500");
  assert.equal(await byId(page, "attempt-response-body").textContent(), "we are deploying");
  assert.match(await byId(page, "attempt-request-body").textContent(), /order\.placed/);
  assert.match(await byId(page, "attempt-request").textContent(), new RegExp(`webhook-id.*${first.headers["webhook-id"]}`));
  await page.keyboard.press("Escape");
  await attempt(page, "delivered").waitFor();
  await shows(page, "delivered", "1");

  await byId(page, "attempts-outcome").selectOption("failed");
  await attempt(page, "delivered").waitFor({ state: "detached" });
  await attempt(page, "failed").first().waitFor();
  await byId(page, "attempts-event").fill("order-2");
  await byId(page, "attempts-empty").waitFor();
  await byId(page, "attempts-clear").click();
  await attempt(page, "delivered").waitFor();
  await byId(page, "attempts-status").fill("204");
  await attempt(page, "failed").first().waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});

test("a message that was given up is sent again from the page, under the id that it had", async (t) => {
  const { server, page } = await openPage(t, "#/webhooks");
  const sink = await listen(t, { status: 500 });
  await createWebhook(page, { sink: sink.url, source: "/topic/orders.#", schedule: "" });
  await publish(server, "/topic/orders.new", { id: "1", type: "order.placed" });
  const lost = await sink.requests.next("the only attempt");
  await attempt(page, "dead").waitFor();
  await shows(page, "dead", "1");
  sink.answer = { status: 204 };
  await byId(page, "replay").click();
  assert.equal(await byId(page, "replay-outcome").inputValue(), "dead");
  await byId(page, "replay-submit").click();
  const again = await sink.requests.next("the message again");
  assert.equal(again.headers["webhook-id"], lost.headers["webhook-id"]);
  assert.deepEqual(again.body, lost.body);
  await attempt(page, "delivered").waitFor();
  await shows(page, "replayed", "1");
});

test("a webhook is changed, stopped, started, given a new secret and deleted", async (t) => {
  const { server, page, problems } = await openPage(t, "#/webhooks");
  const sink = await listen(t);
  const secret = await createWebhook(page, { sink: sink.url, source: "/topic/orders.#" });
  await byId(page, "edit-webhook").click();
  await byId(page, "webhook-form-filters").fill('[{"prefix": {"type": "order."}}, {"regex": {"type": "x"}}]');
  assert.match(await byId(page, "webhook-form-filters-problem").textContent(), /^filters\[1\]\.regex: there is no such dialect/);
  await byId(page, "webhook-form-filters").fill('[{"prefix": {"type": "order."}}]');
  assert.equal(await byId(page, "filters-in-words").textContent(), "Events pass whose type begins with “order.”.");
  await byId(page, "webhook-form-submit").click();
  await byId(page, "webhook-dialog").waitFor({ state: "detached" });
  await byId(page, "tab-settings").click();
  await page.waitForFunction(() => document.querySelector("[data-testid=settings-filters]")?.textContent.includes("order."));
  await publish(server, "/topic/orders.new", { id: "1", type: "invoice.created" });
  await publish(server, "/topic/orders.new", { id: "2", type: "order.placed" });
  const request = await sink.requests.next("the event that passes");
  assert.equal(JSON.parse(request.body).id, "2");
  assert.ok(request.headers["webhook-signature"].split(" ").includes(signatureOf(secret, request)), "the secret stays when the rest is changed");

  await byId(page, "enable-webhook").click();
  await page.locator("[data-testid=webhook-health] [data-testid=webhook-state]", { hasText: "disabled" }).waitFor();
  await byId(page, "enable-webhook").click();
  await page.locator("[data-testid=webhook-health] [data-testid=webhook-state]", { hasText: "active" }).waitFor();

  await byId(page, "rotate-secret").click();
  await byId(page, "confirm-act").click();
  await byId(page, "secret-dialog").waitFor();
  const next = await byId(page, "secret").textContent();
  assert.notEqual(next, secret);
  await page.keyboard.press("Escape");
  assert.equal(await byId(page, "secret-dialog").isVisible(), true, "what is shown once is not closed by a slip");
  await byId(page, "secret-kept").click();
  await publish(server, "/topic/orders.new", { id: "3", type: "order.placed" });
  const both = await sink.requests.next("an event after the rotation");
  for (const one of [next, secret]) assert.ok(both.headers["webhook-signature"].split(" ").includes(signatureOf(one, both)));

  await byId(page, "delete-webhook").click();
  await byId(page, "confirm-act").click();
  await byId(page, "webhooks-empty").waitFor();
  assert.deepEqual(await (await server.api("GET", "/api/subscriptions")).json(), []);
  assert.deepEqual(problems, []);
});

test("a webhook that cannot be created as asked is refused with the reason, and the form stays", async (t) => {
  const { page } = await openPage(t, "#/webhooks?create=1");
  await byId(page, "webhook-form-sink").fill("https://169.254.169.254/latest");
  await byId(page, "webhook-form-source").fill("/topic/orders.#");
  await byId(page, "webhook-form-submit").click();
  await byId(page, "webhook-form-error").waitFor();
  assert.equal(await byId(page, "webhook-form-source").inputValue(), "/topic/orders.#");
});

test("figures are called what they are when the gateway does not answer", async (t) => {
  const { server, page } = await openPage(t, "#/webhooks");
  const sink = await listen(t);
  await createWebhook(page, { sink: sink.url, source: "/topic/orders.#" });
  assert.equal(await byId(page, "stale").count(), 0);
  await server.kill();
  await byId(page, "stale").first().waitFor();
  await page.locator(".page[data-stale]").waitFor();
  await byId(page, "webhook-figures").waitFor(); // what was read last stays
});

test("an inbound hook is created, and what comes to it is shown with its outcome", async (t) => {
  const { server, page, problems } = await openPage(t, "#/hooks");
  await server.api("PUT", "/api/queues/%2F/pushes", {});
  await byId(page, "hooks-empty").waitFor();
  await byId(page, "create-hook").click();
  await byId(page, "hook-form-name").fill("github");
  await byId(page, "hook-form-destination").fill("/queue/pushes");
  await byId(page, "hook-form-scheme").selectOption("github");
  await byId(page, "hook-form-secret").fill("It's a Secret to Everybody");
  await byId(page, "hook-form-submit").click();
  await byId(page, "hook-figures").waitFor();
  await byId(page, "requests-empty").waitFor();
  const address = await byId(page, "hook-address").textContent();
  assert.equal(address, `${server.origin}/hooks/%2F/github`);

  const body = JSON.stringify({ ref: "refs/heads/main" });
  const signature = `sha256=${createHmac("sha256", "It's a Secret to Everybody").update(body).digest("hex")}`;
  const send = (headers) =>
    fetch(address, { method: "POST", headers: { "content-type": "application/json", "x-github-event": "push", "x-github-delivery": "d-1", ...headers }, body });
  assert.equal((await send({ "x-hub-signature-256": signature })).status, 202);
  const row = (outcome) => page.locator(`[data-testid=request-row][data-outcome="${outcome}"]`);
  await row("accepted").waitFor();
  await eventually("the event is in its queue", async () => (await server.queue("pushes")).messages === 1);
  await row("accepted").getByTestId("open-request").press("Enter");
  await byId(page, "request-dialog").waitFor();
  assert.match(await byId(page, "request-body").textContent(), /refs\/heads\/main/);
  assert.match(await byId(page, "request-dialog").textContent(), /x-github-event\s*push/);
  await byId(page, "request-close").click();

  assert.equal((await send({ "x-hub-signature-256": signature })).status, 202);
  await row("duplicate").waitFor();
  assert.equal((await send({ "x-hub-signature-256": `sha256=${"0".repeat(64)}` })).status, 401);
  await row("refused").click();
  await byId(page, "request-dialog").waitFor();
  assert.equal(await byId(page, "request-body").count(), 0, "what nobody vouches for is not shown");
  await byId(page, "request-close").click();
  for (const field of ["accepted", "duplicates", "refused"]) {
    await eventually(`${field} is 1`, async () => (await page.locator(`[data-testid=hook-figures] [data-field="${field}"]`).textContent()) === "1");
  }
  assert.equal((await server.queue("pushes")).messages, 1);

  await byId(page, "tab-sender").click();
  await byId(page, "sender").waitFor();
  await byId(page, "edit-hook").click();
  await byId(page, "hook-form-description").fill("Pushes");
  await byId(page, "hook-form-submit").click();
  await byId(page, "hook-dialog").waitFor({ state: "detached" });
  assert.equal((await send({ "x-hub-signature-256": signature, "x-github-delivery": "d-2" })).status, 202, "the secret stays when the rest is changed");
  await byId(page, "delete-hook").click();
  await byId(page, "confirm-act").click();
  await byId(page, "hooks-empty").waitFor();
  assert.equal((await fetch(address, { method: "POST", body })).status, 404);
  assert.deepEqual(problems, []);
});
