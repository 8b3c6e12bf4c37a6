// A part of a stream that is looked at: from which offset on, and where the next and the one before begin.

import { type Kept, readStream } from "../../api/messages.ts";
import type { Api } from "../../api/http.ts";
import type { StreamFigures } from "../../api/queues.ts";
import { type Start, writeStart } from "./start.ts";

/** Messages that are shown at a time. */
export const PAGE = 50;
/** Octets of each body: enough to read. */
export const SHOWN_OCTETS = 10_000;

export interface Window {
  messages: readonly Kept[];
  at: Date;
}

export interface Neighbours {
  /** How many kept messages are older than those shown, and the offset from which the newest of them are shown. */
  older: { count: number; from: number };
  newer: { count: number; from: number };
}

/** A page of messages from there on; `last` is the page that ends with the newest. */
export async function loadWindow(api: Api, vhost: string, name: string, start: Start): Promise<Window> {
  const read = (offset: Start, count: number) => readStream(api, vhost, name, { offset: writeStart(offset), count, truncate: SHOWN_OCTETS });
  if (start.at !== "last" && start.at !== "next") return { messages: await read(start, PAGE), at: new Date() };
  const newest = (await read({ at: "last" }, 1)).at(-1);
  if (!newest) return { messages: [], at: new Date() };
  return { messages: await read({ at: "offset", offset: Math.max(0, newest.offset - PAGE + 1) }, PAGE), at: new Date() };
}

/** What is around the messages shown, by what the stream keeps now. */
export function neighboursOf(messages: readonly Kept[], { first_offset: first, next_offset: next }: StreamFigures): Neighbours {
  // With none shown, all that is kept is older: who looks behind the end, or for a time to come, finds nothing.
  const from = messages[0]?.offset ?? next;
  const end = (messages.at(-1)?.offset ?? next - 1) + 1;
  return {
    older: { count: Math.max(0, from - first), from: Math.max(first, from - PAGE) },
    newer: { count: Math.max(0, next - Math.max(first, end)), from: Math.max(first, end) },
  };
}
