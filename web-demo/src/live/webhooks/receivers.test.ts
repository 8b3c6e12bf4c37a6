import assert from "node:assert/strict";
import { createHmac, createPublicKey, timingSafeEqual, verify as verifyBytes } from "node:crypto";
import { test } from "node:test";
import { NODE_V1, NODE_V1A, receiversFor } from "./receivers.ts";

// The vectors of Standard Webhooks.
const BODY = Buffer.from('{"email":"test@example.com","username":"test_user"}');
const TIME = 1_649_367_553;
const V1 = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
const V1A = "v1a,CnkujwXFUOk59gNZFCCzmJ2MkkC0yKa+OmyYFXFtPnxkRhEkUBAd4PGNNNjLh4huOXNuqy+Eyxud5+wHP2ezBA==";
const SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const PUBLIC_KEY = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

type Verify = (headers: Record<string, string>, body: Buffer) => boolean;

/** The verification of an example, at a time of the test's choosing. */
function run(text: string, now = TIME): Verify {
  const names = { createHmac, timingSafeEqual, createPublicKey, verifyBytes, SECRET, PUBLIC_KEY, Buffer, Date: { now: () => now * 1_000 } };
  return new Function(...Object.keys(names), `${text}\nreturn verify;`)(...Object.values(names)) as Verify;
}

const headers = (signature: string) => ({
  "webhook-id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
  "webhook-timestamp": String(TIME),
  "webhook-signature": signature,
});

for (const [name, text, signature] of [["v1", NODE_V1, V1], ["v1a", NODE_V1A, V1A]] as const) {
  test(`the example for Node verifies ${name}, and nothing else`, () => {
    const verify = run(text);
    assert.equal(verify(headers(signature), BODY), true);
    assert.equal(verify(headers(`v1,AAAA v1a,AAAA ${signature}`), BODY), true, "one of several, as while a secret is rotated");
    assert.equal(verify(headers(signature), Buffer.from("{}")), false);
    assert.equal(verify(headers(signature.replace(/,./, ",x")), BODY), false);
    assert.equal(verify({ ...headers(signature), "webhook-id": "msg_other" }, BODY), false);
    assert.equal(verify(headers(name === "v1" ? V1A : V1), BODY), false);
    assert.equal(verify({}, BODY), false);
  });

  test(`the example for Node refuses ${name} that is too old`, () => {
    assert.equal(run(text, TIME + 301)(headers(signature), BODY), false);
    assert.equal(run(text, TIME - 301)(headers(signature), BODY), false);
  });
}

test("examples hold the public key, never a secret, and the handshake only where it is asked for", () => {
  const [node, python, shell] = receiversFor({ signature: "v1a", publicKey: PUBLIC_KEY, asked: true });
  for (const example of [node, python, shell]) assert.ok(example!.text.includes(PUBLIC_KEY), example!.name);
  assert.match(node!.text, /webhook-allowed-origin/);
  assert.match(python!.text, /do_OPTIONS/);
  for (const { text } of receiversFor({ signature: "v1", publicKey: null, asked: false })) {
    assert.match(text, /WEBHOOK_SECRET/);
    assert.doesNotMatch(text, /allowed-origin/i);
  }
});
