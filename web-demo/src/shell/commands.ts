// What can be chosen in the command palette besides pages and objects.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Command {
  /** Unique. */
  id: string;
  label: string;
  /** Beside the label, quieter: what kind of thing it is, or what it is about. */
  hint?: string;
  run: () => void;
}

const offered = signal<ReadonlyMap<symbol, readonly Command[]>>(new Map());

/** Commands of all pages and parts that are on the screen. */
export function offeredCommands(): Command[] {
  return [...offered.value.values()].flat();
}

/** Offers commands in the palette for as long as the component is there. */
export function useCommands(commands: readonly Command[], dependencies: readonly unknown[] = []): void {
  useEffect(() => {
    const key = Symbol("commands");
    offered.value = new Map([...offered.peek(), [key, commands]]);
    return () => {
      offered.value = new Map([...offered.peek()].filter(([other]) => other !== key));
    };
  }, [...dependencies]);
}
