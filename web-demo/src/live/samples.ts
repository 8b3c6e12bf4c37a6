// The samples that the server kept, as columns of a chart: so it is full from its first paint.

import type { Details, Overview, Sample } from "../api/overview.ts";
import { type Columns, emptyColumns } from "./timeline.ts";

export type Line = "publish" | "deliver" | "ack" | "redeliver" | "ready" | "unacked";

/** In the order of their columns. */
export const LINES: readonly Line[] = ["publish", "deliver", "ack", "redeliver", "ready", "unacked"];

/** What was counted, whose rate is drawn; the others are drawn as they are. */
const COUNTED: ReadonlySet<Line> = new Set<Line>(["publish", "deliver", "ack", "redeliver"]);

/** The place of a line among the columns, behind the times. */
export function columnOf(line: Line): number {
  return LINES.indexOf(line) + 1;
}

function detailsOf(overview: Overview): Record<Line, Details | undefined> {
  const { message_stats: stats, queue_totals: totals } = overview;
  return {
    publish: stats?.publish_details,
    deliver: stats?.deliver_get_details,
    ack: stats?.ack_details,
    redeliver: stats?.redeliver_details,
    ready: totals?.messages_ready_details,
    unacked: totals?.messages_unacknowledged_details,
  };
}

/** One value for each of `LINES`, as of now. */
export function valuesOf(overview: Overview): (number | null)[] {
  const details = detailsOf(overview);
  const totals: Partial<Record<Line, number | undefined>> = {
    ready: overview.queue_totals?.messages_ready,
    unacked: overview.queue_totals?.messages_unacknowledged,
  };
  return LINES.map((line) => (COUNTED.has(line) ? details[line]?.rate : totals[line]) ?? null);
}

/** All samples of an overview; no columns at all where the server sent none. */
export function columnsOf(overview: Overview): Columns {
  const details = detailsOf(overview);
  const lines = LINES.map((line) => pointsOf(details[line]?.samples ?? [], COUNTED.has(line)));
  const longest = lines.reduce((best, points) => (points.size > best.size ? points : best), new Map<number, number>());
  if (longest.size === 0) return emptyColumns(LINES.length);
  const times = [...longest.keys()].sort((a, b) => a - b);
  return [times.map((time) => time / 1000), ...lines.map((points) => times.map((time) => points.get(time) ?? null))];
}

/** By time, in milliseconds. Of a count, what it grew by in a second. */
function pointsOf(samples: readonly Sample[], counted: boolean): Map<number, number> {
  const oldestFirst = [...samples].sort((a, b) => a.timestamp - b.timestamp);
  if (!counted) return new Map(oldestFirst.map(({ timestamp, sample }) => [timestamp, sample]));
  const points = new Map<number, number>();
  for (const [index, { timestamp, sample }] of oldestFirst.entries()) {
    const before = oldestFirst[index - 1];
    if (!before || timestamp === before.timestamp) continue;
    points.set(timestamp, Math.max(0, ((sample - before.sample) * 1000) / (timestamp - before.timestamp)));
  }
  return points;
}
