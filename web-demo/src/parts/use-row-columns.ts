// Figures of one row over time, for its charts: they begin when the page is opened and grow with every sample.

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { Feed } from "../live/feed.ts";
import type { Named } from "../live/statistics.ts";
import { type Columns, emptyColumns, extend } from "../live/timeline.ts";

/** One column for each value that `valuesOf` gives. */
export function useRowColumns<Row extends Named>(
  feed: Feed<Row>,
  name: string,
  valuesOf: (row: Row) => number[],
): ReadonlySignal<Columns> {
  const columns = useSignal<Columns>(emptyColumns(0));
  useSignalEffect(() => {
    void feed.sampled.value;
    const row = feed.peek(name);
    if (!row) return;
    const values = valuesOf(row);
    const known = columns.peek();
    const earlier = known.length > 1 ? known : emptyColumns(values.length);
    columns.value = extend(earlier, Date.now() / 1000, values);
  });
  return columns;
}
