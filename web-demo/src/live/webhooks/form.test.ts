import assert from "node:assert/strict";
import { test } from "node:test";
import type { Webhook } from "../../api/webhooks.ts";
import { fieldsOf, kindOfSource, readDefinition } from "./form.ts";
import { DEFAULT_SCHEDULE } from "./schedule.ts";

const from = (fields: Record<string, string>) => (name: string) => fields[name] ?? "";
const FRESH = { ...fieldsOf(null), source: "/topic/orders.#", sink: "https://example.org/hook" };

test("a form that was only given its ends asks for what is usual", () => {
  assert.deepEqual(readDefinition(from(FRESH), "/", null), {
    vhost: "/",
    source: "/topic/orders.#",
    sink: "https://example.org/hook",
    protocol: "HTTP",
    protocolsettings: { headers: {} },
    types: [],
    filters: [],
    config: {
      description: "",
      mode: "structured",
      signature: "v1",
      retry_schedule: DEFAULT_SCHEDULE,
      ordering: "none",
      on_exhausted: "dead_letter",
      rate: null,
      concurrency: 8,
      timeout: 15,
      profile: "default",
      header_encoding: "percent",
      batch: { max: 100, wait: 1 },
    },
  });
});

test("what was filled in is asked for, each as its own kind", () => {
  const definition = readDefinition(
    from({ ...FRESH, types: "a.b, c.d\ne", filters: '[{"prefix":{"type":"a"}}]', mode: "batch", rate: "60", schedule: "1 s, 1 min", headers: "X-Key: 1", token: "t", secret: "whsec_x", verification: "required" }),
    "shop",
    null,
  );
  assert.deepEqual([definition.types, definition.filters], [["a.b", "c.d", "e"], [{ prefix: { type: "a" } }]]);
  const { mode, rate, retry_schedule, secret, verification } = definition.config;
  assert.deepEqual([mode, rate, retry_schedule, secret, verification], ["batch", 60, [1, 60], "whsec_x", "required"]);
  assert.deepEqual([definition.protocolsettings?.headers, definition.sinkcredential], [{ "X-Key": "1" }, { credentialtype: "ACCESSTOKEN", accesstoken: "t" }]);
});

test("a queue takes no filters, and only a stream has a place to begin at", () => {
  const asked = { ...FRESH, filters: '[{"prefix":{"type":"a"}}]', types: "a", from: "first" };
  const queue = readDefinition(from({ ...asked, source: "/queue/orders" }), "/", null);
  assert.deepEqual(["filters" in queue, "types" in queue, "from" in queue.config], [false, false, false]);
  assert.equal(readDefinition(from({ ...asked, source: "/stream/readings" }), "/", null).config.from, "first");
  assert.deepEqual(
    ["/queue/a", "/amq/queue/a", "/stream/a", "/topic/a.#", "/exchange/amq.fanout", "/exchange/", "orders", ""].map(kindOfSource),
    ["queue", "queue", "stream", "exchange", "exchange", "none", "none", "none"],
  );
});

test("a webhook that is put back unchanged says what it said, without its secrets", () => {
  const config = { ...readDefinition(from(FRESH), "/", null).config, keep: 1_000, disabled: true, verification: "off" };
  const before = { ...readDefinition(from(FRESH), "/", null), sinkcredential: { credentialtype: "ACCESSTOKEN" }, protocolsettings: { method: "PUT", headers: { "X-Key": "***" } }, config };
  const again = readDefinition(from(fieldsOf(before as unknown as Webhook)), "/", before as unknown as Webhook);
  assert.deepEqual(again, before);
  const without = readDefinition(from({ ...fieldsOf(before as unknown as Webhook), "forget-token": "on" }), "/", before as unknown as Webhook);
  assert.equal("sinkcredential" in without, false);
});

test("what is wrong is said by the field that is wrong", () => {
  assert.throws(() => readDefinition(from({ ...FRESH, schedule: "soon" }), "/", null), /no wait/);
  assert.throws(() => readDefinition(from({ ...FRESH, filters: "{" }), "/", null), /no JSON/);
  assert.throws(() => readDefinition(from({ ...FRESH, headers: "nothing" }), "/", null), /no "name: value"/);
});
