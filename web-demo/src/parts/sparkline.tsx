import { useComputed } from "@preact/signals";
import { HISTORY_SECONDS, type Histories } from "../live/histories.ts";

const HEIGHT = 20;
const PADDING = 1.5;
const BOX = `0 0 ${HISTORY_SECONDS - 1} ${HEIGHT}`;

/** The depth of a queue over the last minute, scaled to its own largest value. */
export function Sparkline({ histories, name }: { histories: Histories; name: string }) {
  // Bound to the attribute: a new sample changes the path and draws nothing else, and a queue that did not move
  // yields the same path, which changes nothing at all.
  const path = useComputed(() => {
    histories.tick.value;
    return drawn(histories.of(name));
  });
  return (
    <svg class="spark" viewBox={BOX} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function drawn(depths: readonly number[]): string {
  if (depths.length < 2) return "";
  const top = Math.max(1, ...depths);
  const left = HISTORY_SECONDS - depths.length;
  const y = (depth: number) => HEIGHT - PADDING - (depth / top) * (HEIGHT - 2 * PADDING);
  return depths.map((depth, index) => `${index ? "L" : "M"}${left + index} ${y(depth).toFixed(1)}`).join("");
}
