// What only one page reads: asked for while it is there, and at once when its question changes.

import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Poll } from "../live/poll.ts";

/** Calls `load` every two seconds, and at once when a signal changes that `follow` reads. */
export function usePoll<T>(load: () => Promise<T>, follow: () => unknown = () => undefined): Poll<T> {
  const newest = useRef(load);
  newest.current = load;
  const poll = useMemo(() => new Poll(() => newest.current()), []);
  useEffect(() => poll.retain(), [poll]);
  const asked = useRef(false);
  useSignalEffect(() => {
    follow();
    if (asked.current) void poll.refresh();
    asked.current = true;
  });
  return poll;
}
