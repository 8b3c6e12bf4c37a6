// What a link to the playground says: its forms and its subscriptions, and nothing of who made it.

import type { AckMode } from "/client/index.js";
import type { Query } from "../../route/address.ts";
import { type InboxOptions, MAX_PREFETCH } from "./inbox.ts";
import { parseStart } from "../streams/start.ts";
import { INBOX_LIMIT } from "./inboxes.ts";
import { MAX_COUNT } from "./publishing.ts";

/** The fields of both forms, as they were typed, by their names in a link. */
export const DEFAULTS = {
  to: "",
  /** Protocol to publish by. */
  via: "stomp",
  body: '{"hello": "wharf"}',
  type: "application/json",
  headers: "",
  count: "1",
  from: "",
  /** Of a stream: where to begin. */
  start: "next",
  /** Protocol to receive by. */
  through: "stomp",
  ack: "auto",
  prefetch: "20",
  /** "": no limit. */
  credit: "",
  fetch: "10",
  /** Whether what is fetched leaves the queue: "" or "yes". */
  take: "",
};

export type SetUp = typeof DEFAULTS;
export type Field = keyof SetUp;

export const FIELDS = Object.keys(DEFAULTS) as Field[];
export const ACK_MODES: readonly AckMode[] = ["auto", "client-individual", "client"];
/** Characters; longer links do not survive a chat or a mail. */
export const MAX_LINKED_BODY = 4_000;
/** Says that a field is empty, where an empty entry of a query would mean that it is as usual. */
const EMPTY = " ";

const isOneOf = (...allowed: readonly string[]) => (text: string) => allowed.includes(text);
const isUpTo = (most: number) => (text: string) => wholeNumber(text, most) !== null;

/** What a link may say of a field; of others it may say anything. */
const CHECKS: Partial<Record<Field, (text: string) => boolean>> = {
  via: isOneOf("stomp", "http"),
  through: isOneOf("stomp", "http"),
  ack: isOneOf(...ACK_MODES),
  take: isOneOf("yes"),
  count: isUpTo(MAX_COUNT),
  prefetch: isUpTo(MAX_PREFETCH),
  fetch: isUpTo(MAX_PREFETCH),
  credit: isUpTo(MAX_COUNT),
  start: (text) => parseStart(text) !== null,
};

/** What differs from the defaults, and the subscriptions. */
export function writeSetUp(setUp: SetUp, open: readonly InboxOptions[]): Query {
  const written = (name: Field) => {
    if (setUp[name] === DEFAULTS[name] || setUp[name].length > MAX_LINKED_BODY) return null;
    return setUp[name] || EMPTY;
  };
  return { ...Object.fromEntries(FIELDS.map((name) => [name, written(name)])), open: open.map(writeOpen) };
}

/** The fields that a link sets. What it says wrongly is as if it did not say it. */
export function readSetUp(query: URLSearchParams): Partial<SetUp> {
  const said = FIELDS.flatMap((name): [Field, string][] => {
    const text = query.get(name);
    if (text === null || CHECKS[name]?.(text) === false) return [];
    return [[name, text === EMPTY ? "" : text]];
  });
  return Object.fromEntries(said);
}

/** The subscriptions of a link, no more than can be open. */
export function readOpen(query: URLSearchParams): InboxOptions[] {
  return query
    .getAll("open")
    .map(readOne)
    .filter((options) => options !== null)
    .slice(0, INBOX_LIMIT);
}

/** `client,prefetch=20 /queue/orders`: the destination last, since it may hold anything. */
function writeOpen({ destination, ack, prefetch, credit, start }: InboxOptions): string {
  const limits = Object.entries({ prefetch, credit, start }).filter(([, value]) => value !== undefined);
  return `${[ack, ...limits.map(([name, value]) => `${name}=${value}`)].join(",")} ${destination}`;
}

function readOne(text: string): InboxOptions | null {
  const [, mode, limits, destination] = /^([a-z-]+)((?:,[a-z]+=\d+|,start=[a-z]+(?:=[\d.]+)?)*) (.+)$/s.exec(text) ?? [];
  const ack = ACK_MODES.find((one) => one === mode);
  if (!ack || !destination) return null;
  const given = new URLSearchParams(limits!.replaceAll(",", "&"));
  const prefetch = wholeNumber(given.get("prefetch") ?? "", MAX_PREFETCH);
  const credit = wholeNumber(given.get("credit") ?? "", MAX_COUNT);
  const start = given.get("start") ?? "";
  const settings = { ...(prefetch && { prefetch }), ...(credit !== null && { credit }) };
  return { destination, ack, ...settings, ...(parseStart(start) && { start }) };
}

function wholeNumber(text: string, most: number): number | null {
  return /^\d{1,6}$/.test(text) && Number(text) <= most ? Number(text) : null;
}
