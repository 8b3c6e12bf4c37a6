import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changedLimits, limitOf } from "./limits.ts";
import { readOrigins, writeOrigins } from "./origins.ts";
import { joinTags, readTags } from "./tags.ts";

describe("tags", () => {
  test("are read between commas, each once", () => {
    assert.deepEqual(readTags(" administrator, ,team-a,administrator "), ["administrator", "team-a"]);
    assert.deepEqual(readTags(""), []);
  });

  test("are those that were chosen, and others", () => {
    assert.deepEqual(joinTags(["monitoring"], "team-a, monitoring"), ["monitoring", "team-a"]);
  });
});

describe("allowed origins", () => {
  test("are a list, an empty one, or none", () => {
    for (const [text, origins] of [["", null], ["none", []], ["https://a.example, *", ["https://a.example", "*"]]] as const) {
      assert.deepEqual(readOrigins(text), origins);
      assert.equal(writeOrigins(origins), text);
    }
    assert.equal(writeOrigins(undefined), "");
  });
});

describe("limits of a vhost", () => {
  const names = ["max-connections", "max-queues"];
  const changed = (present: Record<string, number>, form: Record<string, string>) =>
    changedLimits(present, names, (name) => form[name] ?? "");

  test("only what changed is set", () => {
    assert.deepEqual(changed({ "max-queues": 5 }, { "max-queues": "5" }), []);
    assert.deepEqual(changed({ "max-queues": 5 }, { "max-queues": "6" }), [{ name: "max-queues", value: 6 }]);
    assert.deepEqual(changed({}, { "max-connections": " 0 " }), [{ name: "max-connections", value: 0 }]);
  });

  test("what is left empty is taken away, if it was there", () => {
    assert.deepEqual(changed({ "max-connections": 9 }, {}), [{ name: "max-connections", value: null }]);
    assert.deepEqual(changed({ "max-connections": -1 }, {}), []);
    assert.equal(limitOf({ "max-connections": -1 }, "max-connections"), null);
  });

  test("what is no number is said", () => {
    for (const text of ["-1", "1.5", "many", "1e3", "9999999999"]) {
      assert.throws(() => changed({}, { "max-queues": text }), /max-queues takes a whole number/, text);
    }
  });
});
