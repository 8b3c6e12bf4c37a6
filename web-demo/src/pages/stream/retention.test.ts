import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, goesInSegments, retentionText } from "./retention.ts";

test("an age is said in its unit", () => {
  const ages = ["7D", "1D", "36h", "1h", "2M", "1Y", "90s", "15m", "1000D", "soon", ""];
  assert.deepEqual(ages.map(ageText), [
    "7 days", "1 day", "36 hours", "1 hour", "2 months", "1 year", "90 seconds", "15 minutes", "1,000 days", "soon", "",
  ]);
});

test("a retention is one sentence, whatever it is made of", () => {
  const type = { "x-queue-type": "stream" };
  const texts = [{}, { "x-max-age": "7D" }, { "x-max-length": 1 }, { "x-max-length-bytes": 1 << 30 }].map((given) => retentionText({ ...type, ...given }));
  assert.deepEqual(texts, [
    "Keeps every message until the stream is deleted.",
    "Keeps messages for 7 days; the oldest go first.",
    "Keeps at most 1 message; the oldest go first.",
    "Keeps at most 1 GiB; the oldest go first.",
  ]);
  assert.equal(
    retentionText({ "x-max-age": "36h", "x-max-length": 1_000_000, "x-max-length-bytes": 5e9 }),
    "Keeps messages for 36 hours, at most 1,000,000 messages and 4.7 GiB; the oldest go first.",
  );
});

test("a count is exact, an age and a size are not", () => {
  assert.deepEqual([{ "x-max-length": 5 }, { "x-max-age": "1h" }, { "x-max-length-bytes": 5 }].map(goesInSegments), [false, true, true]);
});
