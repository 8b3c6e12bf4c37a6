import { useComputed } from "@preact/signals";
import { HISTORY_SECONDS } from "../live/histories.ts";
import type { Rows } from "../live/rows.ts";
import type { Named } from "../live/statistics.ts";

const HEIGHT = 20;
const PADDING = 1.5;
const BOX = `0 0 ${HISTORY_SECONDS - 1} ${HEIGHT}`;

/** The history of a row over its last sixty samples, scaled to its own largest value. */
export function Sparkline<Row extends Named>({ feed, name }: { feed: Rows<Row>; name: string }) {
  // Bound to the attribute: a new sample changes the path and draws nothing else, and a row that did not move
  // yields the same path, which changes nothing at all.
  const path = useComputed(() => {
    void feed.sampled.value;
    return drawn(feed.histories.of(name));
  });
  return (
    <svg class="spark" viewBox={BOX} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function drawn(values: readonly number[]): string {
  if (values.length < 2) return "";
  const top = Math.max(1, ...values);
  const left = HISTORY_SECONDS - values.length;
  const y = (value: number) => HEIGHT - PADDING - (value / top) * (HEIGHT - 2 * PADDING);
  return values.map((value, index) => `${index ? "L" : "M"}${left + index} ${y(value).toFixed(1)}`).join("");
}
