import assert from "node:assert/strict";
import { test } from "node:test";
import { readRetention } from "./stream-arguments.ts";

const read = (form: Record<string, string>) => readRetention((name) => form[name] ?? "");

test("a retention is read in the units that were chosen, and only what was filled in", () => {
  assert.deepEqual(read({ "x-max-age-unit": "D", "x-max-length-bytes-unit": "GiB" }), {});
  assert.deepEqual(
    read({
      "x-max-age": " 36 ",
      "x-max-age-unit": "h",
      "x-max-length-bytes": "2",
      "x-max-length-bytes-unit": "GiB",
      "x-max-length": "1000",
      "x-stream-max-segment-size-bytes": "4096",
      "x-stream-max-segment-size-bytes-unit": "B",
    }),
    { "x-max-age": "36h", "x-max-length-bytes": 2 ** 31, "x-max-length": 1000, "x-stream-max-segment-size-bytes": 4096 },
  );
});
