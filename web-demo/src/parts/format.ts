// Numbers and times as the page writes them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function formatCount(count: number): string {
  return whole.format(count);
}

/** Below ten a second the tenths say something; zero is a plain zero, so that quiet queues look quiet. */
export function formatRate(rate: number): string {
  if (rate < 0.05) return "0";
  return rate < 9.95 ? tenths.format(rate) : whole.format(rate);
}

export function formatCompact(value: number): string {
  return compact.format(value);
}

/** Octets, in the largest unit that leaves at least one: `1.5 MiB`. */
export function formatOctets(octets: number): string {
  const power = octets < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(octets) / 10));
  const value = octets / 1024 ** power;
  return `${power === 0 || value >= 100 ? whole.format(value) : tenths.format(value)} ${UNITS[power]}`;
}

export function formatTime(time: Date): string {
  return clock.format(time);
}

/** A day and a time, in the reader's zone: `27 Nov 2026, 02:49:42`. */
export function formatMoment(time: Date): string {
  return moment.format(time);
}

/** Of today the time alone, of other days the day before it: `26 Nov, 02:49:42`. */
export function formatRecent(time: Date): string {
  return time.toDateString() === new Date().toDateString() ? formatTime(time) : day.format(time);
}

/** A length of time in its two largest units: `3 d 4 h`, `12 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts: [value: number, unit: string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}
