// Numbers and times as the page writes them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

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

export function formatTime(time: Date): string {
  return clock.format(time);
}
