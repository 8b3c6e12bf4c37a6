// Sinks on https: their certificate has to be good, for their name, and signed by somebody who is trusted.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ask, createWebhook, publish, Sink, startServer } from "./webhook-support.mjs";

/** A certification authority of the test's own. */
class Authority {
  #directory = mkdtempSync(join(tmpdir(), "wharf-ca-"));

  constructor(t) {
    t.after(() => rmSync(this.#directory, { recursive: true, force: true }));
    this.#openssl("req", "-x509", ...NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=a private authority");
  }

  /** Its own certificate. */
  get file() {
    return join(this.#directory, "ca.pem");
  }

  /** What a server needs that is called so, such as "IP:127.0.0.1". */
  issue(name) {
    writeFileSync(join(this.#directory, "names"), `subjectAltName=${name}\n`);
    this.#openssl("req", ...NEW_KEY, "-keyout", "sink.key", "-out", "sink.csr", "-subj", "/CN=127.0.0.1");
    this.#openssl("x509", "-req", "-in", "sink.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2", "-out", "sink.pem");
    return { key: this.#read("sink.key"), cert: this.#read("sink.pem") };
  }

  #openssl = (...args) => execFileSync("openssl", args, { cwd: this.#directory, stdio: ["ignore", "ignore", "pipe"] });

  #read = (name) => readFileSync(join(this.#directory, name));
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

const trusting = (authority) => `webhooks.ca_file = ${JSON.stringify(authority.file)}\n`;

/** What comes of a test of a webhook to this sink. */
async function attempt(server, sink) {
  const webhook = await createWebhook(server, { sink: sink.url });
  return ask(server, "POST", webhook, "/test");
}

test("a sink with a certificate of a private authority gets events once webhooks.ca_file names the authority", async (t) => {
  const authority = new Authority(t);
  const sink = await Sink.start(t, { tls: authority.issue("IP:127.0.0.1") });
  const server = await startServer(t, trusting(authority));
  const webhook = await createWebhook(server, { sink: sink.url });
  await publish(server, [{ id: "over TLS" }]);
  const [{ body }] = await sink.waitFor(1);
  assert.equal(JSON.parse(body).id, "over TLS");
  const { outcome, error, address } = await ask(server, "POST", webhook, "/test");
  assert.deepEqual({ outcome, error, address }, { outcome: "delivered", error: null, address: new URL(sink.url).host });
});

test("a sink whose authority nobody trusts gets nothing, and the attempt says that it is TLS", async (t) => {
  const sink = await Sink.start(t, { tls: new Authority(t).issue("IP:127.0.0.1") });
  const { outcome, status, error, reason } = await attempt(await startServer(t), sink);
  assert.deepEqual({ outcome, status, error }, { outcome: "failed", status: null, error: "tls" });
  assert.match(reason, /UnknownIssuer/);
  assert.equal(sink.received.length, 0);
});

test("a certificate for another name is refused, whoever signed it", async (t) => {
  const authority = new Authority(t);
  const server = await startServer(t, trusting(authority));
  for (const name of ["DNS:sink.example", "IP:127.0.0.2"]) {
    const sink = await Sink.start(t, { tls: authority.issue(name) });
    const { outcome, error, reason } = await attempt(server, sink);
    assert.deepEqual({ outcome, error }, { outcome: "failed", error: "tls" }, reason);
    assert.equal(sink.received.length, 0);
  }
});

test("a sink that speaks no TLS is refused where https was asked for", async (t) => {
  const sink = await Sink.start(t);
  const { error, reason } = await attempt(await startServer(t), { url: sink.url.replace("http:", "https:") });
  assert.equal(error, "tls", reason);
});
