import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "../api/queues.fixture.ts";
import { busiest } from "./busiest.ts";

test("the busiest queues come first, then the deepest, then by name", () => {
  const rows = [row("c", 0), row("deep", 9), row("b", 0), row("stomp-subscription-1", 50), { ...row("busy", 0), message_stats: { publish_details: { rate: 2 } } }];
  assert.deepEqual(busiest(rows, 3), ["busy", "deep", "b"]);
  assert.deepEqual(busiest(rows, 9), ["busy", "deep", "b", "c"]);
  assert.deepEqual(busiest([], 3), []);
});
