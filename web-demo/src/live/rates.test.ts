import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "../api/queues.fixture.ts";
import { sumOf } from "./rates.ts";

test("sums over queues count what is there and leave out what a server does not tell", () => {
  const busy = { ...row("busy", 5), consumers: 2, message_stats: { publish_details: { rate: 3 } } };
  assert.deepEqual(sumOf([busy, row("quiet", 1)]), { ready: 6, unacked: 0, publish: 3, deliver: 0, ack: 0, consumers: 2 });
});
