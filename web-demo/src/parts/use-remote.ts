// A list that is not pushed: fetched when the page arrives, and again whenever something may have changed it.

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Failure, failureOf } from "../live/failure.ts";

export interface Remote<T> {
  /** What was fetched last; null before the first answer. */
  readonly value: ReadonlySignal<T | null>;
  /** Why the last fetch failed; null when it did not. */
  readonly failure: ReadonlySignal<Failure | null>;
  /** Fetches now. */
  reload(): Promise<void>;
}

/** After a failure that may pass. */
const RETRY_MS = 2_000;

/** Calls `load` at once, and again when a signal changes that `follow` reads. Only the newest answer counts. */
export function useRemote<T>(load: () => Promise<T>, follow: () => unknown): Remote<T> {
  const value = useSignal<T | null>(null);
  const failure = useSignal<Failure | null>(null);
  const newest = useRef(0);

  async function reload(): Promise<void> {
    const number = ++newest.current;
    try {
      const loaded = await load();
      if (number !== newest.current) return;
      value.value = loaded;
      failure.value = null;
    } catch (error) {
      if (number !== newest.current) return;
      failure.value = failureOf(error);
      if (failure.value.passing) setTimeout(() => number === newest.current && void reload(), RETRY_MS);
    }
  }

  useEffect(() => () => void (newest.current += 1), []); // nobody waits for it any more

  useSignalEffect(() => {
    follow();
    void reload();
  });

  return { value, failure, reload };
}
