import { useEffect } from "preact/hooks";
import type { Retained } from "../live/rows.ts";

/** Keeps a list up to date for as long as the component is there. */
export function useFeed(feed: Retained): void {
  useEffect(() => feed.retain(), [feed]);
}
