// Text that has to mean something, checked while it is typed.

import { type ReadonlySignal, type Signal, useComputed } from "@preact/signals";

export interface Checked<T> {
  value: T | null;
  problem: string | null;
}

/** What a text says, or what is wrong with it. */
export function useChecked<T>(text: Signal<string>, parse: (text: string) => T): ReadonlySignal<Checked<T>> {
  return useComputed(() => {
    try {
      const value = parse(text.value);
      return { value, problem: null };
    } catch (error) {
      return { value: null, problem: error instanceof Error ? error.message : String(error) };
    }
  });
}
