import { invalid } from "./error.js";
import { text } from "./options.js";

/**
 * Where in a stream to begin: at its first message, at the last one, behind that (`next`), at a number, at the first message
 * that is not older than a time (numbers are milliseconds since 1970, as of `Date.now()`), or where the server says that this
 * subscription was (`resume`; it has a `group`, or the header `durable-subscription-name`). With an offset may stand the
 * {@link Message.epoch} that it was seen with: if the stream was created anew since, the subscription is refused with
 * `epoch-changed`.
 */
export type StreamStart = "first" | "last" | "next" | "resume" | { offset: number; epoch?: string } | { timestamp: Date | number };

/** What a subscription wants of a stream. */
export interface StreamOptions {
  /**
   * Where to begin in a stream; default `next`, of a group that nobody knows yet `first`. After a reconnect it goes on behind what
   * was settled, or where the server says that it was.
   */
  from?: StreamStart;
  /** Of a stream, only messages that were published with one of these as {@link MessageOptions.filterValue}. */
  filter?: string[];
  /** With a `filter`: also messages that were published without any. */
  matchUnfiltered?: boolean;
  /**
   * The consumer group: its members share the messages of a stream, each gets some. The server keeps how far the group is.
   */
  group?: string;
}

const WORDS: readonly unknown[] = ["first", "last", "next", "resume"];

/** What it wants, as headers of SUBSCRIBE. */
export function streamHeaders({ from, filter, matchUnfiltered, group }: StreamOptions): Record<string, unknown> {
  if (filter && !(Array.isArray(filter) && filter.length > 0 && filter.every((value) => /^[^,\s]([^,]*[^,\s])?$/.test(value)))) {
    throw invalid("filter must be a list of texts, without commas and without spaces around them");
  }
  return {
    ...startHeaders(from),
    "x-stream-filter": filter?.join(),
    "x-stream-match-unfiltered": matchUnfiltered,
    "x-consumer-group": group === undefined ? undefined : text("group", group),
  };
}

function startHeaders(from: StreamStart | undefined): Record<string, unknown> {
  if (from === undefined) return {};
  if (WORDS.includes(from)) return { "x-stream-offset": from };
  const { offset, epoch, timestamp } = Object(from) as { offset?: number; epoch?: string; timestamp?: Date | number };
  if (Number.isSafeInteger(offset) && offset! >= 0) return { "x-stream-offset": `offset=${offset}`, "x-stream-epoch": epoch };
  const time = Math.floor(Number(timestamp));
  if (time >= 0) return { "x-stream-offset": `timestamp=${time / 1000}` };
  throw invalid(`from must be one of ${WORDS.join(", ")}, { offset } or { timestamp }, not ${JSON.stringify(from)}`);
}
