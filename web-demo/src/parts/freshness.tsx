import type { ReadonlySignal } from "@preact/signals";
import type { Link } from "../live/connection.ts";
import type { Feed } from "../live/feed.ts";
import { formatTime } from "./format.ts";

/** Says from when the numbers beside it are, unless they are live. */
export function Freshness({ feed, link }: { feed: Feed; link: ReadonlySignal<Link> }) {
  if (link.value.kind === "live") return null;
  const updated = feed.updated.value;
  return (
    <p class="freshness" data-testid="stale">
      {updated ? `Not live: numbers from ${formatTime(updated.at)}` : "No numbers yet"}
    </p>
  );
}
