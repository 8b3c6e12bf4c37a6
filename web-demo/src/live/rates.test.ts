import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CHART_SECONDS, extend, type Series } from "./rates.ts";

describe("rates over time", () => {
  test("keep two minutes", () => {
    let series: Series = [[], [], []];
    for (let time = 0; time <= 500; time += 1) series = extend(series, time, time, time * 2);
    const [times, publish, deliver] = series;
    assert.deepEqual([times[0], times.at(-1)], [500 - CHART_SECONDS, 500]);
    assert.equal(publish.length, times.length);
    assert.equal(deliver.at(-1), 1000);
  });

  test("a pause is a hole, not a slope", () => {
    const series = extend(extend([[], [], []], 10, 5, 5), 40, 7, 7);
    assert.deepEqual(series, [
      [10, 11, 40],
      [5, null, 7],
      [5, null, 7],
    ]);
  });

  test("a clock that was set back begins a new line", () => {
    const series = extend(extend([[], [], []], 100, 5, 5), 90, 6, 6);
    assert.deepEqual(series, [[90], [6], [6]]);
  });
});
