import assert from "node:assert/strict";
import { test } from "node:test";
import { isBetween, parseRange, problemOfRange, rangeQuery, writeRange } from "./time-range.ts";

const NOW = 1_800_000_000_000;

test("a named range ends now", () => {
  assert.deepEqual(parseRange("1h", NOW), { since: NOW - 3_600_000, until: null });
  assert.deepEqual(parseRange("7d", NOW), { since: NOW - 7 * 86_400_000, until: null });
  for (const any of ["", "all", ".."]) assert.deepEqual(parseRange(any, NOW), { since: null, until: null });
});

test("two moments are read as they are written, also with one of them left out", () => {
  for (const range of [{ since: 1_700_000_000_000, until: 1_700_000_060_000 }, { since: 5_000, until: null }, { since: null, until: 9_000 }]) {
    const text = writeRange(range);
    assert.ok(isBetween(text));
    assert.deepEqual(parseRange(text, NOW), range);
  }
});

test("what is no range is none", () => {
  for (const text of ["2h", "yesterday", "5", "-5..7", "5..x", "1e3..", "7..5", "5..5", "5...7"]) assert.equal(parseRange(text, NOW), null, text);
});

test("a range that ends before it begins says so", () => {
  assert.equal(problemOfRange({ since: 2, until: 1 }), "The end has to be later than the beginning.");
  assert.equal(problemOfRange({ since: 1, until: 2 }), null);
  assert.equal(problemOfRange({ since: null, until: 1 }), null);
});

test("the API is asked in RFC 3339, and only for the ends that there are", () => {
  assert.deepEqual(rangeQuery({ since: 0, until: 1_500 }), { since: "1970-01-01T00:00:00.000Z", until: "1970-01-01T00:00:01.500Z" });
  assert.deepEqual(rangeQuery({ since: null, until: null }), {});
});
