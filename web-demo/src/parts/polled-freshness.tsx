import { useComputed } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { now } from "../live/clock.ts";
import type { Failure } from "../live/failure.ts";
import { isFresh, type Updated } from "../live/poll.ts";
import { formatTime } from "./format.ts";

interface Polled {
  failure: ReadonlySignal<Failure | null>;
  updated: ReadonlySignal<Updated | null>;
}

/** "true" while what was read is not live, for `data-stale`, which dims all numbers inside. */
export function useStale(list: Polled): "true" | undefined {
  const stale = useComputed(() => list.updated.value !== null && !isFresh(list.updated.value, list.failure.value !== null, now.value));
  return stale.value ? "true" : undefined;
}

/** From when the figures are, and why they are no newer. It stands in a line that is there anyway, so that nothing moves when it speaks. */
export function PolledFreshness({ list }: { list: Polled }) {
  const stale = useStale(list);
  const failure = list.failure.value;
  const updated = list.updated.value;
  if (!stale || !updated) return <span class="read-at" />; // what was never read has nothing that could look live
  return (
    <span class="read-at freshness" role="status" data-testid="stale" title={failure?.text}>
      Not live: figures from {formatTime(updated.at)}
      {failure && `: ${failure.text}`}
    </span>
  );
}
