// The receivers of docs/receivers: they take what this server delivers, and refuse what it did not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { root } from "../../scripts/lib/paths.mjs";
import { Arrivals, within } from "./harness.mjs";
import { ask, createWebhook, newSecret, publish, Sink, startServer } from "./webhook-support.mjs";

const example = (name) => join(root, "docs", "receivers", name);

const PROGRAMS = {
  "node.mjs": [process.execPath, example("node.mjs")],
  "python.py": [process.env.WHARF_PYTHON ?? "python3", "-u", example("python.py")],
};

const EVENTS = [{ data: { text: "ä€" }, subject: "a b%" }, { data_base64: "AP8K", datacontenttype: "image/png" }];

const BODY = JSON.stringify({ specversion: "1.0", id: "forged", source: "/shop", type: "order.placed" });

/** Starts a receiver. Resolves to where it listens and to the lines that it prints. */
async function receive(t, name, secrets) {
  const [command, ...args] = PROGRAMS[name];
  const child = spawn(command, args, { env: { ...process.env, PORT: "0", WEBHOOK_SECRET: secrets.join(" ") }, stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill());
  const lines = new Arrivals();
  createInterface({ input: child.stdout }).on("line", lines.push);
  const [, url] = /^listening on (http:.*)$/.exec(await lines.next(`${name} listens`));
  return { url, event: async () => JSON.parse(await lines.next(`${name} prints an event`)), lines };
}

/** The headers of a delivery that somebody with this secret signed so many seconds ago. */
function signed(secret, body, secondsAgo = 0) {
  const at = new Date(Date.now() - secondsAgo * 1000);
  const signature = new Webhook(secret).sign("msg_1", at, body);
  return { "webhook-id": "msg_1", "webhook-timestamp": `${Math.floor(at / 1000)}`, "webhook-signature": signature };
}

async function post(url, headers, body) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/cloudevents+json", ...headers }, body });
  await answer.arrayBuffer();
  return answer.status;
}

/** Deliveries that are not genuine, or not any more. */
const FORGED = (secret) => ({
  "without a signature": [{}, BODY],
  "of somebody else": [signed(newSecret(), BODY), BODY],
  "with an empty signature": [{ ...signed(newSecret(), BODY), "webhook-signature": "v1," }, BODY],
  "of another body": [signed(secret, BODY), BODY.replace("forged", "changed")],
  "under another id": [{ ...signed(secret, BODY), "webhook-id": "msg_2" }, BODY],
  "of ten minutes ago": [signed(secret, BODY, 600), BODY],
  "of the future": [signed(secret, BODY, -600), BODY],
  "at another time": [{ ...signed(secret, BODY, 600), "webhook-timestamp": `${Math.floor(Date.now() / 1000)}` }, BODY],
  "at no time": [{ ...signed(secret, BODY), "webhook-timestamp": "now" }, BODY],
});

for (const name of Object.keys(PROGRAMS)) {
  test(`docs/receivers/${name} takes what is delivered, in every mode`, async (t) => {
    const server = await startServer(t);
    const secret = newSecret();
    for (const mode of ["structured", "binary", "batch"]) {
      const receiver = await receive(t, name, [newSecret(), secret]);
      const source = `/topic/${mode}`;
      const webhook = await createWebhook(server, { sink: receiver.url, source, config: { secret, mode, verification: "required", batch: { max: 2, wait: 60 } } });
      assert.equal(webhook.status.state, "active", "it consents");
      const sent = await publish(server, EVENTS, source);
      const events = [await receiver.event(), await receiver.event()].sort((one, other) => one.id - other.id);
      for (const [index, event] of events.entries()) {
        for (const key of ["id", "source", "type", "subject", "data", "data_base64"]) assert.deepEqual(event[key], sent[index][key], `${mode}: ${key}`);
      }
      const attempt = await ask(server, "POST", webhook, "/test");
      assert.equal(attempt.outcome, "delivered", JSON.stringify(attempt));
    }
  });

  test(`docs/receivers/${name} refuses what is forged or old`, async (t) => {
    const secret = newSecret();
    const receiver = await receive(t, name, [secret]);
    for (const [what, [headers, body]] of Object.entries(FORGED(secret))) {
      assert.equal(await post(receiver.url, headers, body), 401, what);
    }
    assert.equal(await post(receiver.url, signed(secret, BODY, 60), BODY), 204, "a minute is not old");
    assert.equal(await post(receiver.url, signed(secret, BODY), BODY), 204, "what comes twice is answered as it was");
    assert.equal((await receiver.event()).id, "forged");
    assert.equal(receiver.lines.waiting, 0, "and taken once");
  });

  test(`docs/receivers/${name} tries no delivery with an empty secret`, async (t) => {
    const [command, ...args] = PROGRAMS[name];
    const child = spawn(command, args, { env: { ...process.env, PORT: "0", WEBHOOK_SECRET: "whsec_" }, stdio: "ignore" });
    t.after(() => child.kill());
    const code = await within(new Promise((resolve) => child.once("exit", resolve)), `${name} ends`);
    assert.notEqual(code, 0);
  });
}

/** A key pair in the forms of Standard Webhooks. */
function keyPair() {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const [seed, raw] = [d, x].map((text) => Buffer.from(text, "base64url"));
  return { secret: `whsk_${Buffer.concat([seed, raw]).toString("base64")}`, key: `whpk_${raw.toString("base64")}` };
}

test("docs/receivers/node.mjs verifies v1a with the public key", async (t) => {
  const server = await startServer(t);
  const { secret, key } = keyPair();
  const receiver = await receive(t, "node.mjs", [key]);
  const webhook = await createWebhook(server, { sink: receiver.url, config: { signature: "v1a", secret } });
  assert.equal(webhook.status.public_key, key);
  await publish(server, [{ id: "v1a" }]);
  assert.equal((await receiver.event()).id, "v1a");
  const stranger = await createWebhook(server, { sink: receiver.url, source: "/topic/x", config: { signature: "v1a" } });
  assert.equal((await ask(server, "POST", stranger, "/test")).status, 401);
});

/** Runs verify.sh on a delivery. Resolves to its exit code. */
function verified(secret, { headers, body }) {
  const args = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name] ?? "");
  const child = spawn("sh", [example("verify.sh"), ...args], { env: { ...process.env, WEBHOOK_SECRET: secret }, stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.on("error", () => {}); // it need not read what it refuses
  child.stdin.end(body);
  return within(new Promise((resolve) => child.once("exit", resolve)), "verify.sh ends");
}

test("docs/receivers/verify.sh accepts what is delivered, and nothing forged or old", async (t) => {
  const server = await startServer(t);
  const pair = keyPair();
  const secret = newSecret();
  for (const [signature, ours, theirs] of [["v1", secret, secret], ["v1a", pair.secret, pair.key]]) {
    const sink = await Sink.start(t, { answer: async (received) => ((await verified(theirs, received)) === 0 ? 204 : 401) });
    const webhook = await createWebhook(server, { sink: sink.url, config: { signature, secret: ours, mode: "binary" } });
    const { secret: next } = await ask(server, "POST", webhook, "/rotate-secret"); // both sign
    assert.ok(next);
    await publish(server, EVENTS);
    const deliveries = await sink.waitFor(EVENTS.length);
    assert.equal((await ask(server, "POST", webhook, "/test")).status, 204);
    const [{ headers, body }] = deliveries;
    assert.equal(await verified(theirs, { headers, body: Buffer.concat([body, Buffer.from(" ")]) }), 1, signature);
    assert.equal(await verified(signature === "v1" ? newSecret() : keyPair().key, { headers, body }), 1, signature);
    await ask(server, "POST", webhook, "/disable"); // the next webhook reads the same topic
  }
  for (const [what, [headers, body]] of Object.entries(FORGED(secret))) assert.equal(await verified(secret, { headers, body }), 1, what);
  assert.equal(await verified(secret, { headers: signed(secret, BODY, 60), body: BODY }), 0, "a minute is not old");
});

test("the delivery that docs/webhooks.md shows is signed with the secret that it names", () => {
  const document = readFileSync(join(root, "docs", "webhooks.md"), "utf8");
  const [, head, body] = /```http\n(.*?)\n\n(.*?)\n```/s.exec(document);
  const headers = Object.fromEntries(head.split("\n").slice(1).map((line) => line.split(": ")));
  const [secret] = /whsec_[\w+/=]{32}/.exec(document);
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  assert.equal(headers["webhook-signature"], new Webhook(secret).sign(headers["webhook-id"], at, body));
});
