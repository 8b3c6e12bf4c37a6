import assert from "node:assert/strict";
import { test } from "node:test";
import { row, streamRow } from "../../api/queues.fixture.ts";
import { stateOf, stateTest, typeTest } from "./states.ts";

test("a queue that holds messages wants a reader, a stream does not", () => {
  assert.deepEqual([row("orders", 3), streamRow("log", 3), row("idle", 0)].map(stateOf), ["unread", "quiet", "idle"]);
  assert.equal(stateOf({ ...streamRow("log", 3), message_stats: { publish_details: { rate: 1 } } }), "flowing");
  assert.deepEqual([row("orders", 3), streamRow("log", 3)].map(stateTest("unread")), [true, false]);
});

test("what a reader of a stream has not settled counts once", () => {
  const unsettled = { ...streamRow("log", 0), messages: 10, messages_unacknowledged: 10 };
  assert.deepEqual([stateTest("messages")(unsettled), stateTest("empty")(unsettled)], [false, true]);
});

test("queues and streams are told apart", () => {
  const rows = [row("orders", 0), streamRow("log", 0)];
  assert.deepEqual((["all", "queues", "streams"] as const).map((type) => rows.filter(typeTest(type)).map(({ name }) => name)), [
    ["orders", "log"],
    ["orders"],
    ["log"],
  ]);
});
