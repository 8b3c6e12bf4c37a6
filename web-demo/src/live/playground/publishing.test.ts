import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Protocol, Routed } from "./protocol.ts";
import { publish } from "./publishing.ts";

const MESSAGE = { destination: "/queue/a", body: "{}", contentType: "text/plain", headers: {} };
const quietly = () => undefined;

describe("publishing", () => {
  test("counts the confirmations and the queues reached", async () => {
    const seen: number[] = [];
    const outcome = await publish(protocol(async () => 2), MESSAGE, 100, (n) => seen.push(n));
    assert.deepEqual([outcome.confirmed, outcome.routed, outcome.unrouted, outcome.failure], [100, 200, 0, null]);
    assert.equal(seen.at(-1), 100);
  });

  test("stops at the first refusal, with what was confirmed before it", async () => {
    let sent = 0;
    const refusing = protocol(async () => {
      sent += 1;
      if (sent === 70) throw Object.assign(new Error("full"), { code: "queue-full", retryable: false });
      return 1;
    });
    const outcome = await publish(refusing, MESSAGE, 5000, quietly);
    assert.deepEqual(outcome.failure, { code: "queue-full", text: "full", passing: false });
    assert.equal(outcome.confirmed, sent - 1);
    assert.ok(sent < 200, `${sent} were sent although one was refused early`);
  });

  test("does not invent a number of queues that the gateway did not tell", async () => {
    const silent = await publish(protocol(async () => undefined), MESSAGE, 3, quietly);
    assert.deepEqual([silent.routed, silent.unrouted], [null, 0]);
    const answers = [true, false, true];
    const brief = await publish(protocol(async () => answers.pop()), MESSAGE, 3, quietly);
    assert.deepEqual([brief.routed, brief.unrouted], [null, 1]);
  });
});

function protocol(publish: () => Promise<Routed>): Protocol {
  return { id: "stomp", label: "", inFlight: 64, publish, code: () => "" };
}
