// The arguments of a stream, read from the form.

import type { Arguments } from "../../api/queues.ts";

export const SIZE_UNITS = [
  { unit: "MiB", octets: 2 ** 20 },
  { unit: "GiB", octets: 2 ** 30 },
  { unit: "TiB", octets: 2 ** 40 },
  { unit: "KiB", octets: 2 ** 10 },
  { unit: "B", octets: 1 },
] as const;

/** What was filled in; `valueOf` gives the text of a field, "" when nothing was. Each measure has a field for its unit. */
export function readRetention(valueOf: (name: string) => string): Arguments {
  const given: Arguments = {};
  const age = valueOf("x-max-age").trim();
  if (age !== "") given["x-max-age"] = `${age}${valueOf("x-max-age-unit")}`;
  for (const name of ["x-max-length-bytes", "x-stream-max-segment-size-bytes"]) {
    const text = valueOf(name).trim();
    const unit = SIZE_UNITS.find(({ unit }) => unit === valueOf(`${name}-unit`));
    if (text !== "") given[name] = Number(text) * (unit?.octets ?? 1);
  }
  const count = valueOf("x-max-length").trim();
  if (count !== "") given["x-max-length"] = Number(count);
  return given;
}
