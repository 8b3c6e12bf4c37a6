import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "./arguments.ts";

test("only what was filled in is asked for, each as its own kind", () => {
  const form: Record<string, string> = {
    "x-message-ttl": "60000",
    "x-retry-multiplier": "1.5",
    "x-overflow": "reject-publish",
    "x-single-active-consumer": "true",
    "x-dead-letter-routing-key": " dead ",
  };
  assert.deepEqual(readArguments((name) => form[name] ?? ""), {
    "x-message-ttl": 60000,
    "x-retry-multiplier": 1.5,
    "x-overflow": "reject-publish",
    "x-single-active-consumer": true,
    "x-dead-letter-routing-key": "dead",
  });
});

test("the default exchange is called by its name in paths, since its own is empty", () => {
  assert.deepEqual(readArguments((name) => (name === "x-dead-letter-exchange" ? "amq.default" : "")), {
    "x-dead-letter-exchange": "",
  });
});
