// Sums over all queues of the vhost: what they are now, and the two rates over the last two minutes.

import { signal } from "@preact/signals";
import { deliverRate, publishRate, type QueueRow } from "../api/queues.ts";

export interface Totals {
  ready: number;
  unacked: number;
  publish: number;
  deliver: number;
  consumers: number;
}

/** Columns for the chart: seconds since 1970, then a rate for each; null where numbers are missing. */
export type Series = [times: number[], publish: (number | null)[], deliver: (number | null)[]];

export const CHART_SECONDS = 120;
/** A longer pause between two samples is a hole in the line, not a slope across it. */
const HOLE_SECONDS = 2.5;

export class Rates {
  readonly totals = signal<Totals | null>(null);
  readonly series = signal<Series>([[], [], []]);

  /** Takes over the sums without a point in the chart: a snapshot has no time of its own. */
  count(rows: Iterable<QueueRow>): void {
    this.totals.value = sum(rows);
  }

  sample(rows: Iterable<QueueRow>, timeMs: number): void {
    this.count(rows);
    const { publish, deliver } = this.totals.peek()!;
    this.series.value = extend(this.series.peek(), timeMs / 1000, publish, deliver);
  }
}

function sum(rows: Iterable<QueueRow>): Totals {
  const totals: Totals = { ready: 0, unacked: 0, publish: 0, deliver: 0, consumers: 0 };
  for (const row of rows) {
    totals.ready += row.messages_ready;
    totals.unacked += row.messages_unacknowledged;
    totals.publish += publishRate(row);
    totals.deliver += deliverRate(row);
    totals.consumers += row.consumers;
  }
  return totals;
}

export function extend(series: Series, time: number, publish: number, deliver: number): Series {
  const last = series[0].at(-1);
  // A server clock that was set back would fold the line over itself: begin again.
  if (last !== undefined && time <= last) series = [[], [], []];
  const from = series[0].findIndex((sampled) => sampled >= time - CHART_SECONDS);
  const [times, published, delivered] = series.map((column) =>
    from < 0 ? [] : column.slice(from),
  ) as Series;
  if (times.length > 0 && time - times.at(-1)! > HOLE_SECONDS) {
    times.push(times.at(-1)! + 1);
    published.push(null);
    delivered.push(null);
  }
  times.push(time);
  published.push(publish);
  delivered.push(deliver);
  return [times, published, delivered];
}
