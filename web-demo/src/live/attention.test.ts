import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { row, streamRow } from "../api/queues.fixture.ts";
import { concernsOf } from "./attention.ts";

const NODE = { name: "wharf@here", message_memory_used: 10, message_memory_limit: 100, fd_used: 1, fd_total: 100 };

describe("what needs attention", () => {
  test("is nothing where all is well, or where the server tells nothing", () => {
    assert.deepEqual(concernsOf(NODE, [row("empty", 0)]), []);
    assert.deepEqual(concernsOf(null, []), []);
    assert.deepEqual(concernsOf({ name: "older" }, []), []);
  });

  test("is memory that comes near its limit, and more so when publishers are blocked", () => {
    assert.deepEqual(concernsOf({ ...NODE, message_memory_used: 80 }, []), [{ kind: "memory-high", used: 80, limit: 100 }]);
    const alarm = concernsOf({ ...NODE, message_memory_used: 100, mem_alarm: true }, []);
    assert.deepEqual(alarm, [{ kind: "memory-alarm", used: 100, limit: 100 }]);
  });

  test("is a queue that nobody reads, the deepest first, but no queue of a subscription", () => {
    const rows = [row("few", 1), row("many", 9), { ...row("read", 5), consumers: 1 }, row("stomp-subscription-1", 7)];
    const queues = [{ name: "many", messages: 9 }, { name: "few", messages: 1 }];
    assert.deepEqual(concernsOf(null, rows), [{ kind: "unread", queues, count: 2, messages: 10 }]);
  });

  test("is no stream, which keeps what nobody reads and is full by design", () => {
    const kept = streamRow("log", 5);
    assert.deepEqual(concernsOf(null, [{ ...kept, arguments: { ...kept.arguments, "x-max-length": 5 } }]), []);
  });

  test("names few of many queues and counts the rest", () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(`q${index}`, index + 1));
    const [concern] = concernsOf(null, rows);
    assert.ok(concern?.kind === "unread");
    assert.deepEqual([concern.queues.length, concern.count, concern.queues[0]?.name], [5, 50, "q49"]);
  });

  test("is a queue at its limit", () => {
    const full = { ...row("small", 3), consumers: 1, arguments: { "x-max-length": 3 } };
    assert.deepEqual(concernsOf(null, [full]), [{ kind: "full", queue: "small", messages: 3, limit: 3 }]);
  });
});
