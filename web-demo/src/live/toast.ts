// Short notes about what was done, with a way back where there is one.

import { signal } from "@preact/signals";
import { failureOf } from "./failure.ts";

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  /** Takes back what the note is about. */
  undo?: () => Promise<void>;
}

/** Long enough to read it and to reach the button. */
const SHOWN_MS = 10_000;
/** More at a time are not read. */
const LIMIT = 4;

export const toasts = signal<readonly Toast[]>([]);

let last = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function toast(text: string, undo?: () => Promise<void>): void {
  show({ text, kind: "done", ...(undo && { undo }) });
}

/** Says what could not be done: `tellFailure("Purging orders", error)`. */
export function tellFailure(what: string, error: unknown): void {
  show({ text: `${what} failed: ${failureOf(error).text}`, kind: "failed" });
}

export function dismiss(id: number): void {
  release(id);
  toasts.value = toasts.peek().filter((one) => one.id !== id);
}

/** Nothing disappears while somebody points at it or has the focus in it. */
export function hold(): void {
  for (const { id } of toasts.peek()) release(id);
}

export function letGo(): void {
  for (const { id } of toasts.peek()) schedule(id);
}

export async function undo(one: Toast): Promise<void> {
  dismiss(one.id);
  try {
    await one.undo?.();
  } catch (error) {
    tellFailure("Undo", error);
  }
}

function show(one: Omit<Toast, "id">): void {
  const id = ++last;
  toasts.value = [...toasts.peek(), { ...one, id }].slice(-LIMIT);
  schedule(id);
}

function schedule(id: number): void {
  release(id);
  timers.set(id, setTimeout(() => dismiss(id), SHOWN_MS));
}

function release(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}
