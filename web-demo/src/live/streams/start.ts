// Where to begin in a stream, as `x-stream-offset`, the management API and the addresses of pages write it.

import type { StreamStart } from "/client/index.js";

export type Start =
  | { at: "first" }
  | { at: "last" }
  /** Behind the last message: only what comes from now on. */
  | { at: "next" }
  | { at: "offset"; offset: number }
  /** The first message that is not older; milliseconds since 1970. */
  | { at: "time"; time: number };

/** `first`, `last`, `next`, `offset=120` or `timestamp=SECONDS`; null for anything else. */
export function parseStart(text: string): Start | null {
  if (text === "first" || text === "last" || text === "next") return { at: text };
  const [, kind, number] = /^(offset|timestamp)=(\d{1,15}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  if (kind === "timestamp") return { at: "time", time: Math.round(Number(number) * 1_000) };
  return kind === "offset" && Number.isSafeInteger(Number(number)) ? { at: "offset", offset: Number(number) } : null;
}

export function writeStart(start: Start): string {
  if (start.at === "offset") return `offset=${start.offset}`;
  return start.at === "time" ? `timestamp=${start.time / 1_000}` : start.at;
}

/** The same for a subscription. */
export function startOption(start: Start): StreamStart {
  if (start.at === "offset") return { offset: start.offset };
  return start.at === "time" ? { timestamp: start.time } : start.at;
}

/** For a field of the type `datetime-local`: the reader's own time, in whole seconds. */
export function toLocalInput(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [String(date.getFullYear()).padStart(4, "0"), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** The moment that such a field says, or null while it says none. */
export function fromLocalInput(text: string): number | null {
  const time = new Date(text).getTime(); // without a zone it is local
  return /^\d{4,}-/.test(text) && time >= 0 ? time : null;
}
