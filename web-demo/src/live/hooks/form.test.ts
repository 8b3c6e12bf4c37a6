import assert from "node:assert/strict";
import { test } from "node:test";
import type { HookRow } from "../../api/hooks.ts";
import { fieldsOfHook, readHook } from "./form.ts";

const from = (fields: Record<string, string>) => (name: string) => fields[name] ?? "";
const FRESH = { ...fieldsOfHook(null), destination: "/queue/in" };

test("a form that was only given a destination asks for what is usual", () => {
  assert.deepEqual(readHook(from({ ...FRESH, secret: "whsec_x" })), {
    destination: "/queue/in",
    description: "",
    verification: { scheme: "standard", tolerance: 300, secret: "whsec_x" },
    deduplication: { window: 86_400, header: null, pointer: null },
    mapping: {},
    allowed_origins: [],
    allowed_rate: null,
    allowed_networks: [],
    kept_headers: [],
  });
});

test("each scheme is asked for with its own fields, and no other's", () => {
  const verifications = ["github", "stripe", "bearer", "basic", "none"].map(
    (scheme) => readHook(from({ ...FRESH, scheme, secret: "s", "previous-secret": "p", user: "u" })).verification,
  );
  const secrets = { secret: "s", previous_secret: "p" };
  assert.deepEqual(verifications, [
    { scheme: "github", ...secrets },
    { scheme: "stripe", tolerance: 300, ...secrets },
    { scheme: "bearer", ...secrets },
    { scheme: "basic", user: "u", ...secrets },
    { scheme: "none" },
  ]);
});

test("a signature of one's own is described, and its time is checked only where it is sent", () => {
  const hmac = { ...FRESH, scheme: "hmac" };
  assert.deepEqual(readHook(from(hmac)).verification, {
    scheme: "hmac", header: "X-Signature", prefix: "sha256=", algorithm: "sha256", encoding: "hex", signed: "{body}",
  });
  assert.deepEqual(readHook(from({ ...hmac, signed: "{timestamp}.{body}", "timestamp-header": "X-Time", tolerance: "60" })).verification, {
    scheme: "hmac", tolerance: 60, header: "X-Signature", prefix: "sha256=", algorithm: "sha256", encoding: "hex", signed: "{timestamp}.{body}", timestamp_header: "X-Time",
  });
  assert.throws(() => readHook(from({ ...hmac, signed: "{timestamp}" })), /has to hold \{body\}/);
  assert.throws(() => readHook(from({ ...hmac, signed: "{timestamp}.{body}" })), /give both, or neither/);
  assert.throws(() => readHook(from({ ...hmac, "timestamp-header": "X-Time" })), /give both, or neither/);
});

test("attributes, origins and headers are read, and what is wrong is said", () => {
  const hook = readHook(from({ ...FRESH, "map-type": "com.github.{header:x-github-event}", extensions: "repo: {body:/repository/name}", origins: "a.example, b.example", kept: "X-GitHub-Event", "id-pointer": "/id", rate: "60" }));
  assert.deepEqual(hook.mapping, { type: "com.github.{header:x-github-event}", extensions: { repo: "{body:/repository/name}" } });
  assert.deepEqual([hook.allowed_origins, hook.kept_headers, hook.allowed_rate, hook.deduplication.pointer], [["a.example", "b.example"], ["x-github-event"], 60, "/id"]);
  assert.throws(() => readHook(from({ ...FRESH, extensions: "Repo: x" })), /“Repo” is no attribute/);
  assert.throws(() => readHook(from({ ...FRESH, "id-pointer": "id" })), /no JSON pointer/);
});

test("a hook that is put back unchanged says what it said, and no secret", () => {
  const hook = readHook(from({ ...FRESH, scheme: "hmac", prefix: "", "map-subject": "{body:/a}", kept: "x-a" }));
  const row = { ...hook, verification: { ...hook.verification, has_secret: true } } as unknown as HookRow;
  assert.deepEqual(readHook(from(fieldsOfHook(row))), hook);
});
