// Newest-first lists that grow at the top: rows must not slide away from under a pointer that is about to press.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** A pointer that rests longer than this points at nothing; the list goes on. */
const REST_MS = 4_000;

export interface HeldRows<T> {
  /** What to draw. */
  shown: T | null;
  /** Rows that came since, and wait. */
  newer: number;
  /** For the element that holds the rows. */
  handlers: { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void };
}

interface Options<T> {
  /** Identifies each row. */
  keysOf: (value: T) => string[];
  /** What was asked for: another question is answered at once. */
  question?: string;
}

export function useHeldRows<T>(latest: T | null, { keysOf, question = "" }: Options<T>): HeldRows<T> {
  const held = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const kept = useRef<{ value: T | null; question: string }>({ value: null, question });
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);

  function hold(holds: boolean): void {
    clearTimeout(timer.current ?? undefined);
    held.value = holds;
    if (holds) timer.current = setTimeout(() => (held.value = false), REST_MS);
  }

  if (!held.value || kept.current.question !== question || kept.current.value === null) kept.current = { value: latest, question };
  const shown = kept.current.value;
  const handlers = {
    onPointerMove: (event: PointerEvent) => event.pointerType === "mouse" && hold(true),
    onPointerLeave: () => hold(false),
  };
  if (shown === null || latest === null || shown === latest) return { shown, newer: 0, handlers };
  const known = new Set(keysOf(shown));
  return { shown, newer: keysOf(latest).filter((key) => !known.has(key)).length, handlers };
}
