// A range of time, as the address of a page and the API say it: the last so long, or from one moment to another.

export interface TimeRange {
  /** Milliseconds since 1970; null: from the oldest on. */
  since: number | null;
  /** Null: up to now. */
  until: number | null;
}

/** What is offered, by its name in the address. */
export const RANGES = [
  { name: "all", label: "any time", milliseconds: null },
  { name: "15m", label: "the last 15 min", milliseconds: 900_000 },
  { name: "1h", label: "the last hour", milliseconds: 3_600_000 },
  { name: "24h", label: "the last 24 hours", milliseconds: 86_400_000 },
  { name: "7d", label: "the last 7 days", milliseconds: 604_800_000 },
] as const;

const EVERYTHING: TimeRange = { since: null, until: null };

/** `1h`, `SECONDS..SECONDS` with either end left out, or nothing for any time; null for anything else. */
export function parseRange(text: string, now: number): TimeRange | null {
  if (text === "") return EVERYTHING;
  const named = RANGES.find(({ name }) => name === text);
  if (named) return { since: named.milliseconds === null ? null : now - named.milliseconds, until: null };
  const ends = /^(\d{1,12})?\.\.(\d{1,12})?$/.exec(text);
  if (!ends) return null;
  const [, since, until] = ends;
  const range = { since: millisecondsOf(since), until: millisecondsOf(until) };
  return problemOfRange(range) === null ? range : null;
}

function millisecondsOf(seconds: string | undefined): number | null {
  return seconds === undefined ? null : Number(seconds) * 1_000;
}

/** Of two moments, as `parseRange` reads it. */
export function writeRange({ since, until }: TimeRange): string {
  const seconds = (time: number | null) => (time === null ? "" : String(Math.floor(time / 1_000)));
  return `${seconds(since)}..${seconds(until)}`;
}

/** Whether it says two moments, rather than how long ago. */
export function isBetween(text: string): boolean {
  return text.includes("..");
}

/** What is wrong with it, or null. */
export function problemOfRange({ since, until }: TimeRange): string | null {
  return since !== null && until !== null && since >= until ? "The end has to be later than the beginning." : null;
}

/** As the API asks for it. */
export function rangeQuery({ since, until }: TimeRange): { since?: string; until?: string } {
  return {
    ...(since !== null && { since: new Date(since).toISOString() }),
    ...(until !== null && { until: new Date(until).toISOString() }),
  };
}
