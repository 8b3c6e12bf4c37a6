const DIGITS = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const CLOCK = new Intl.DateTimeFormat(undefined, DIGITS);
const PRECISE_CLOCK = new Intl.DateTimeFormat(undefined, { ...DIGITS, fractionalSecondDigits: 3 });

/** A moment in milliseconds since 1970, as the hour. */
export const hour = (time: number): string => CLOCK.format(time);

export const preciseHour = (time: number): string => PRECISE_CLOCK.format(time);

export const number = (count: number): string => count.toLocaleString();

export function counted(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** How long until a moment. */
export function countdown(until: number, now: number): string {
  return until <= now ? "now" : `in ${((until - now) / 1000).toFixed(1)} s`;
}

/** An address without what may be a secret in it: neither user, password nor query. */
export function address(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search && "?…"}`;
}
