// Numbers over time, in the columns that the charts draw.

export const TIMELINE_SECONDS = 600;
/** A longer pause between two samples is a hole in the line, not a slope across it. */
const HOLE_SECONDS = 2.5;

/** Seconds since 1970, then a column for each line; null where numbers are missing. */
export type Columns = readonly [times: readonly number[], ...lines: (readonly (number | null)[])[]];

export function emptyColumns(lines: number): Columns {
  return [[], ...Array.from({ length: lines }, () => [])];
}

/** With one more sample at the end, and without those that are too old for the longest chart. */
export function extend(columns: Columns, time: number, values: readonly (number | null)[]): Columns {
  const last = columns[0].at(-1);
  // A server clock that was set back would fold the line over itself: begin again.
  if (last !== undefined && time <= last) columns = emptyColumns(values.length);
  const [times, ...lines] = since(columns, time - TIMELINE_SECONDS);
  const hole = times.length > 0 && time - times.at(-1)! > HOLE_SECONDS;
  return [
    [...times, ...(hole ? [times.at(-1)! + 1] : []), time],
    ...lines.map((line, index) => [...line, ...(hole ? [null] : []), values[index] ?? null]),
  ];
}

/** The samples from a time on. */
export function since(columns: Columns, time: number): Columns {
  const from = columns[0].findIndex((sampled) => sampled >= time);
  const start = from < 0 ? columns[0].length : from;
  const [times, ...lines] = columns;
  return [times.slice(start), ...lines.map((line) => line.slice(start))];
}
