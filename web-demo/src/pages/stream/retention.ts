// What a stream keeps, in words.

import type { Arguments } from "../../api/queues.ts";
import { formatCount, formatOctets } from "../../parts/format.ts";

/** Units of `x-max-age`, in the order in which they are offered. */
export const AGE_UNITS = [
  { unit: "m", one: "minute" },
  { unit: "h", one: "hour" },
  { unit: "D", one: "day" },
  { unit: "M", one: "month" },
  { unit: "Y", one: "year" },
  { unit: "s", one: "second" },
] as const;

/** `7D` is "7 days"; what is not understood stays as it is. */
export function ageText(age: string): string {
  const [, number, letter] = /^(\d+)([YMDhms])$/.exec(age) ?? [];
  const unit = AGE_UNITS.find(({ unit }) => unit === letter);
  if (!unit) return age;
  return `${formatCount(Number(number))} ${unit.one}${number === "1" ? "" : "s"}`;
}

/** A size that somebody chose: `1 GiB`, not `1.0 GiB`. */
export function sizeText(octets: number): string {
  return formatOctets(octets).replace(".0 ", " ");
}

/** What these arguments mean for the messages of a stream. */
export function retentionText(given: Arguments): string {
  const { "x-max-age": age, "x-max-length": count, "x-max-length-bytes": octets } = given;
  const most = [
    count !== undefined && `${formatCount(Number(count))} ${Number(count) === 1 ? "message" : "messages"}`,
    octets !== undefined && sizeText(Number(octets)),
  ].filter((part) => part !== false);
  if (age === undefined && most.length === 0) return "Keeps every message until the stream is deleted.";
  const lasting = age === undefined ? "" : ` messages for ${ageText(String(age))}`;
  const limited = most.length === 0 ? "" : ` at most ${most.join(" and ")}`;
  return `Keeps${lasting}${lasting && limited && ","}${limited}; the oldest go first.`;
}

/** By age and octets nothing goes by itself that shares a file with what stays. */
export function goesInSegments(given: Arguments): boolean {
  return given["x-max-age"] !== undefined || given["x-max-length-bytes"] !== undefined;
}
