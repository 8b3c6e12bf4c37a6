// The order of names: as people count, `job-9` before `job-10`, without regard to capitals.

/** Digits of a number in a name that are compared as a number; longer ones are compared as text. */
const DIGITS = 16;
/** Keys are kept, since the same names are sorted again and again; beyond this many they are made anew. */
const KEPT_KEYS = 50_000;

const keys = new Map<string, string>();

/** Plain comparison of the keys is the order of the names. A collator would take ten times as long. */
export function nameKey(name: string): string {
  let key = keys.get(name);
  if (key === undefined) {
    if (keys.size >= KEPT_KEYS) keys.clear();
    key = name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));
    keys.set(name, key);
  }
  return key;
}

export function sortNames(names: Iterable<string>): string[] {
  return [...names].sort(compareNames);
}

export function compareNames(a: string, b: string): number {
  const [first, second] = [nameKey(a), nameKey(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
