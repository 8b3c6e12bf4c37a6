// Limits of vhosts: which there are, and what a form changed.

/** Those that are always offered. The gateway may have more set, which are shown by their names. */
export const LIMITS: readonly { name: string; label: string; note?: string }[] = [
  { name: "max-connections", label: "Connections", note: "At the same time. 0 lets nobody in." },
  { name: "max-queues", label: "Queues and streams" },
];

export interface LimitChange {
  name: string;
  /** Null: no limit any more. */
  value: number | null;
}

/** What has to be set for the limits to be as the form says; `given` is "" for no limit. */
export function changedLimits(present: Readonly<Record<string, number>>, names: readonly string[], given: (name: string) => string): LimitChange[] {
  return names
    .map((name) => ({ name, value: readLimit(name, given(name)) }))
    .filter(({ name, value }) => value !== limitOf(present, name));
}

/** A negative number is none, as in RabbitMQ. */
export function limitOf(limits: Readonly<Record<string, number>>, name: string): number | null {
  const value = limits[name];
  return value === undefined || value < 0 ? null : value;
}

function readLimit(name: string, text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (!/^\d{1,9}$/.test(trimmed)) throw new Error(`${name} takes a whole number from 0 to 999999999, or nothing for no limit; this is ${trimmed}.`);
  return Number(trimmed);
}
