import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Client } from "/client/index.js";
import { parseHeaders, publish } from "./publishing.ts";

const PUBLICATION = { destination: "/queue/a", body: "{}", contentType: "text/plain", headers: {}, count: 100 };

describe("publishing", () => {
  test("counts the confirmations and the queues reached", async () => {
    const seen: number[] = [];
    const outcome = await publish(client(async () => ({ routed: 2 })), PUBLICATION, (n) => seen.push(n));
    assert.deepEqual([outcome.confirmed, outcome.routed, outcome.failure], [100, 200, null]);
    assert.equal(seen.at(-1), 100);
  });

  test("stops at the first refusal, with what was confirmed before it", async () => {
    let sent = 0;
    const refusing = client(async () => {
      sent += 1;
      if (sent === 70) throw Object.assign(new Error("full"), { code: "queue-full", retryable: false });
      return { routed: 1 };
    });
    const outcome = await publish(refusing, { ...PUBLICATION, count: 5000 }, () => undefined);
    assert.deepEqual(outcome.failure, { code: "queue-full", text: "full", passing: false });
    assert.equal(outcome.confirmed, sent - 1);
    assert.ok(sent < 200, `${sent} were sent although one was refused early`);
  });

  test("does not invent a routing that the broker did not report", async () => {
    const outcome = await publish(client(async () => ({ routed: undefined })), PUBLICATION, () => undefined);
    assert.equal(outcome.routed, null);
  });
});

describe("header lines", () => {
  test("a value may hold colons, blank lines do not count", () => {
    assert.deepEqual(parseHeaders("a: 1\n\n url : http://x:1/ \n"), { headers: { a: "1", url: "http://x:1/" } });
  });

  test("a line without a name is named as the mistake", () => {
    assert.deepEqual(parseHeaders("a: 1\nbroken"), { badLine: "broken" });
    assert.deepEqual(parseHeaders(": value"), { badLine: ": value" });
  });
});

function client(answer: () => Promise<{ routed: number | undefined }>): Client {
  return { publish: answer } as unknown as Client;
}
