import { useEffect } from "preact/hooks";
import type { Feed } from "../live/feed.ts";
import type { Named } from "../live/statistics.ts";

/** Keeps a list up to date for as long as the component is there. */
export function useFeed<Row extends Named>(feed: Feed<Row>): void {
  useEffect(() => feed.retain(), [feed]);
}
