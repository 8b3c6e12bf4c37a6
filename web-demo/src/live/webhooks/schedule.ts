// The retry schedule of a webhook: as it is typed, and in words.

/** Seconds: what the gateway takes when nothing else is said. */
export const DEFAULT_SCHEDULE: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Further attempts that a schedule may have. */
const MOST_STEPS = 50;
/** Seconds: thirty days. */
const LONGEST_WAIT = 2_592_000;
/** Which part of a wait is left to chance, in per cent, so that what failed together does not come back together. */
const JITTER_PERCENT = 20;

const UNITS: Record<string, number> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };
const WRITTEN: readonly [seconds: number, unit: string][] = [[86_400, "d"], [3_600, "h"], [60, "min"]];

/** `5 s, 5 min, 2 h` as seconds; a number alone is seconds, nothing at all is no second attempt. Throws with what is wrong. */
export function parseSchedule(text: string): number[] {
  const steps = text.split(/[,;\n]+/).map((step) => step.trim()).filter((step) => step !== "");
  if (steps.length > MOST_STEPS) throw new Error(`A schedule has at most ${MOST_STEPS} waits; these are ${steps.length}.`);
  const waits = steps.map(secondsOf);
  const shorter = waits.findIndex((wait, index) => index > 0 && wait < waits[index - 1]!);
  if (shorter > 0) throw new Error(`${steps[shorter]} comes after ${steps[shorter - 1]}: a wait is never shorter than the one before.`);
  return waits;
}

function secondsOf(step: string): number {
  const [, number, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(step) ?? [];
  const factor = UNITS[unit === "" ? "s" : unit.toLowerCase()];
  if (number === undefined || factor === undefined) throw new Error(`“${step}” is no wait: write 30 s, 5 min, 2 h or 1 d.`);
  const seconds = Math.round(Number(number) * factor);
  if (seconds < 1 || seconds > LONGEST_WAIT) throw new Error(`“${step}”: a wait is between 1 s and 30 d.`);
  return seconds;
}

/** As `parseSchedule` reads it. */
export function writeSchedule(waits: readonly number[]): string {
  return waits.map(waitText).join(", ");
}

/** A wait in the largest unit that divides it: `90 s`, `5 min`, `1 d`. */
export function waitText(seconds: number): string {
  const [size, unit] = WRITTEN.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "s"];
  return `${seconds / size} ${unit}`;
}

export interface Exhausted {
  /** What becomes of a message whose attempts are used up. */
  onExhausted: "dead_letter" | "block";
  ordering: "none" | "key";
}

/** The whole schedule as two or three sentences. */
export function scheduleInWords(waits: readonly number[], { onExhausted, ordering }: Exhausted): string {
  const end = endInWords(onExhausted, ordering);
  if (waits.length === 0) return `Each message is tried once. If that fails, ${end}.`;
  const tries = waits.length + 1;
  const list = listed(waits.map(waitText));
  return unbroken(
    `A failed message is tried again ${waits.length === 1 ? "after" : "up to " + waits.length + " times, after"} ${list}; ` +
    `each wait varies by ${JITTER_PERCENT} % either way. After ${tries} failed attempts, about ${spanText(waits)} later, ${end}.`,
  );
}

/** A number and its unit stay in one line. */
function unbroken(text: string): string {
  return text.replace(/(\d) (?=%|(?:s|min|h|d)\b)/g, "$1\u00a0");
}

function endInWords(onExhausted: "dead_letter" | "block", ordering: "none" | "key"): string {
  if (onExhausted === "dead_letter") return "it goes to the dead-letter queue";
  return ordering === "key" ? "it blocks the later messages of its key" : "it blocks the webhook";
}

function spanText(waits: readonly number[]): string {
  const seconds = waits.reduce((sum, wait) => sum + wait, 0);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600);
  if (days >= 2) return `${Math.round((seconds / 86_400) * 10) / 10} days`;
  if (hours >= 2) return `${Math.round((seconds / 3_600) * 10) / 10} hours`;
  return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`;
}

function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
