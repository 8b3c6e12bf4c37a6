import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Columns, emptyColumns, extend, since, TIMELINE_SECONDS } from "./timeline.ts";

describe("numbers over time", () => {
  test("keep as much as the longest chart shows", () => {
    let columns = emptyColumns(2);
    for (let time = 0; time <= 2000; time += 1) columns = extend(columns, time, [time, time * 2]);
    const [times, first, second] = columns;
    assert.deepEqual([times[0], times.at(-1)], [2000 - TIMELINE_SECONDS, 2000]);
    assert.equal(first!.length, times.length);
    assert.equal(second!.at(-1), 4000);
  });

  test("a pause is a hole, not a slope", () => {
    const columns = extend(extend(emptyColumns(1), 10, [5]), 40, [7]);
    assert.deepEqual(columns, [[10, 11, 40], [5, null, 7]]);
  });

  test("a clock that was set back begins a new line", () => {
    assert.deepEqual(extend(extend(emptyColumns(1), 100, [5]), 90, [6]), [[90], [6]]);
  });

  test("can be cut to what a chart shows", () => {
    const columns: Columns = [[1, 2, 3], [10, 20, 30]];
    assert.deepEqual(since(columns, 2), [[2, 3], [20, 30]]);
    assert.deepEqual(since(columns, 9), [[], []]);
  });
});
