import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromLocalInput, parseStart, startOption, toLocalInput, writeStart } from "./start.ts";

describe("where to begin in a stream", () => {
  test("is read as it is written", () => {
    for (const text of ["first", "last", "next", "offset=0", "offset=120", "timestamp=0", "timestamp=1795747782.245"]) {
      assert.equal(writeStart(parseStart(text)!), text);
    }
  });

  test("is nothing where it is mistyped", () => {
    for (const text of ["", "begin", "offset=", "offset=-1", "offset=1.5", "offset=99999999999999999", "timestamp=x", "timestamp=-1"]) {
      assert.equal(parseStart(text), null, text);
    }
  });

  test("is said to a subscription in milliseconds", () => {
    assert.deepEqual(startOption(parseStart("timestamp=1.5")!), { timestamp: 1_500 });
    assert.deepEqual(startOption(parseStart("offset=7")!), { offset: 7 });
    assert.equal(startOption(parseStart("next")!), "next");
  });

  test("as a time is the reader's own", () => {
    const noon = new Date(2026, 0, 5, 12, 3, 9).getTime();
    assert.equal(toLocalInput(noon), "2026-01-05T12:03:09");
    assert.equal(fromLocalInput("2026-01-05T12:03:09"), noon);
    assert.equal(fromLocalInput("2026-01-05T12:03"), noon - 9_000);
    assert.equal(fromLocalInput(""), null);
    assert.equal(fromLocalInput("12:03"), null);
  });
});
