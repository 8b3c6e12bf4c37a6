import assert from "node:assert/strict";
import { test } from "node:test";
import { type HookRow, SCHEMES, type Verification } from "../../api/hooks.ts";
import { addressOf, commandFor, makeSecret, stepsFor } from "./schemes.ts";

const row = (verification: Verification) => ({ name: "in", vhost: "/", url: "/hooks/%2F/in", verification }) as HookRow;

test("the address is that of this gateway, with its path as it is written", () => {
  assert.equal(addressOf({ url: "/hooks/%2F/in" }, "https://wharf.example"), "https://wharf.example/hooks/%2F/in");
  assert.equal(addressOf({ url: "https://public.example/hooks/%2F/in" }, "https://wharf.example"), "https://public.example/hooks/%2F/in");
});

test("every scheme says how its sender is set up, and how to try it by hand", () => {
  for (const scheme of SCHEMES) {
    assert.ok(stepsFor(row({ scheme })).length > 0, scheme);
    assert.match(commandFor(row({ scheme }), "https://wharf.example"), /curl -i 'https:\/\/wharf\.example\/hooks\/%2F\/in'/, scheme);
  }
});

test("a signature of one's own is tried as it is described", () => {
  const command = commandFor(
    row({ scheme: "hmac", header: "X-Sum", prefix: "v1=", algorithm: "sha512", encoding: "base64", signed: "{timestamp}:{body}", timestamp_header: "X-Time" }),
    "https://wharf.example",
  );
  assert.match(command, /printf %s "\$now:\$body" \| openssl dgst -sha512 -hmac "\$SECRET" -binary \| base64/);
  assert.match(command, /-H "X-Time: \$now"/);
  assert.match(command, /-H "X-Sum: v1=\$signature"/);
});

test("a secret that is made has 32 random octets", () => {
  assert.match(makeSecret("hex"), /^[0-9a-f]{64}$/);
  const made = makeSecret("whsec");
  assert.equal(atob(made.replace("whsec_", "")).length, 32);
  assert.notEqual(made, makeSecret("whsec"));
});
