// What the table of queues and streams shows.

import { ackRate, deliverRate, depthOf, isStream, isSubscriptionQueue, publishRate, type QueueRow } from "../../api/queues.ts";
import { formatCount, formatOctets, formatRate } from "../../parts/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import type { Column } from "../../parts/virtual-table.tsx";
import { type QueueState, stateOf, type TypeFilter } from "./states.ts";

export const ORDERS: Record<string, (row: QueueRow) => number | string> = {
  type: (row) => kindOf(row),
  state: (row) => stateOf(row),
  ready: (row) => row.messages_ready,
  unacked: (row) => row.messages_unacknowledged,
  total: depthOf,
  size: (row) => row.message_bytes ?? 0,
  offsets: (row) => row.stream?.next_offset ?? -1,
  groups: (row) => row.stream?.groups.length ?? -1,
  lag: mostLag,
  consumers: (row) => row.consumers,
  publish: publishRate,
  deliver: deliverRate,
  ack: ackRate,
};

const STATE: Column<QueueRow> = { key: "state", label: "State", kind: "text", width: "6.75rem", hide: "narrow", cell: (row) => <State row={row} /> };
const CONSUMERS: Column<QueueRow> = { ...number("consumers", "Consumers", "5.75rem", (row) => formatCount(row.consumers)), hide: "narrow" };
const PUBLISH: Column<QueueRow> = { ...number("publish", "Publish/s", "5.5rem", (row) => formatRate(publishRate(row))), hide: "narrow" };
const DELIVER: Column<QueueRow> = { ...number("deliver", "Deliver/s", "5.5rem", (row) => formatRate(deliverRate(row))), hide: "narrow" };
const DEPTH: Column<QueueRow> = {
  key: "depth",
  label: "Depth, 60 s",
  kind: "plain",
  width: "6.5rem",
  hide: "medium",
  cell: (row, feed) => <Sparkline feed={feed} name={row.name} />,
};

/** Of all: what is ready in a stream are the messages that it keeps. */
const COLUMNS: readonly Column<QueueRow>[] = [
  { key: "type", label: "Type", kind: "text", width: "5.5rem", hide: "narrow", cell: (row) => <Kind row={row} /> },
  STATE,
  number("ready", "Ready", "5.25rem", (row) => formatCount(row.messages_ready)),
  { ...number("unacked", "Unacked", "5.25rem", (row) => formatCount(row.messages_unacknowledged)), hide: "narrow" },
  { ...number("total", "Total", "5.25rem", (row) => formatCount(depthOf(row))), hide: "wide" },
  CONSUMERS,
  PUBLISH,
  DELIVER,
  { ...number("ack", "Ack/s", "5rem", (row) => formatRate(ackRate(row))), hide: "wide" },
  DEPTH,
];

const STREAM_COLUMNS: readonly Column<QueueRow>[] = [
  STATE,
  number("ready", "Kept", "5.25rem", (row) => formatCount(row.messages_ready)),
  { ...number("offsets", "Offsets", "10rem", offsetsText), hide: "narrow" },
  { ...number("size", "Size", "5.5rem", (row) => formatOctets(row.message_bytes ?? 0)), hide: "medium" },
  { ...number("groups", "Groups", "4.75rem", (row) => formatCount(row.stream?.groups.length ?? 0)), hide: "wide" },
  { ...number("lag", "Most lag", "5.5rem", (row) => formatCount(mostLag(row))), hide: "narrow" },
  { ...CONSUMERS, hide: "wide" },
  PUBLISH,
  { ...DELIVER, hide: "wide" },
  { ...DEPTH, label: "Kept, 60 s", hide: "wide" },
];

export function columnsFor(type: TypeFilter): readonly Column<QueueRow>[] {
  return type === "streams" ? STREAM_COLUMNS : COLUMNS;
}

function number(key: string, label: string, width: string, cell: (row: QueueRow) => string): Column<QueueRow> {
  return { key, label, kind: "number", width, cell };
}

/** Of the first and the last that are kept. */
export function offsetsText({ stream }: QueueRow): string {
  if (!stream) return "";
  const { first_offset: first, next_offset: next } = stream;
  return first === next ? `none, next ${formatCount(next)}` : `${formatCount(first)}–${formatCount(next - 1)}`;
}

/** Of the consumer group that is furthest behind. */
function mostLag({ stream }: QueueRow): number {
  return stream?.groups.reduce((most, { lag }) => Math.max(most, lag), 0) ?? -1;
}

/** What it is, and whether it survives a restart, which of streams is certain. */
function kindOf(row: QueueRow): "stream" | "durable" | "transient" {
  if (isStream(row)) return "stream";
  return row.durable ? "durable" : "transient";
}

const KINDS: Record<ReturnType<typeof kindOf>, string> = {
  stream: "Stream: keeps its messages, also over a restart",
  durable: "Durable queue: survives a restart, as its persistent messages do",
  transient: "Transient queue: gone after a restart",
};

function Kind({ row }: { row: QueueRow }) {
  const kind = kindOf(row);
  const title = isStream(row) ? `${KINDS[kind]}. Offsets: ${offsetsText(row)}` : KINDS[kind];
  return (
    <span class="kind" data-kind={kind} title={title}>
      {kind}
    </span>
  );
}

const LABELS: Record<QueueState, string> = {
  unread: "no reader",
  flowing: "flowing",
  waiting: "waiting",
  idle: "idle",
  quiet: "quiet",
  stopped: "stopped",
};

const EXPLAINED: Record<QueueState, string> = {
  unread: "Holds messages, and nobody is subscribed",
  flowing: "Messages come or go",
  waiting: "Holds messages, and nothing moves",
  idle: "Empty, and nothing moves",
  quiet: "Keeps what it has, and nothing moves",
  stopped: "The gateway says that it does not run",
};

function State({ row }: { row: QueueRow }) {
  const state = stateOf(row);
  return (
    <span class="state" data-state={state} title={EXPLAINED[state]}>
      {LABELS[state]}
    </span>
  );
}

/** Short marks beside the name in the list: what removes itself, what limits it. */
export function QueueTags({ row }: { row: QueueRow }) {
  if (isSubscriptionQueue(row)) return <Tag text="subscription" title="Belongs to one subscription, and goes with it" />;
  return (
    <>
      {isStream(row) && <span class="tag phone" title={KINDS.stream}>stream</span>}
      <MoreTags row={row} />
    </>
  );
}

/** The marks on a page of its own, where there is room to say what it is. */
export function KindTags({ row }: { row: QueueRow }) {
  if (isSubscriptionQueue(row)) return <QueueTags row={row} />;
  const kind = kindOf(row);
  return (
    <>
      {kind !== "stream" && <Tag text={kind} title={KINDS[kind]} />} <MoreTags row={row} />
    </>
  );
}

function MoreTags({ row }: { row: QueueRow }) {
  const limited = argumentsOf(row);
  return (
    <>
      {row.auto_delete && <Tag text="AD" title="Auto-delete: goes with its last consumer" />}
      {limited.length > 0 && <Tag text="Args" title={limited.map(([name, value]) => `${name}: ${value}`).join(", ")} />}
    </>
  );
}

function Tag({ text, title }: { text: string; title: string }) {
  return (
    <span class="tag" title={title}>
      <span aria-hidden="true">{text}</span>
      <span class="visually-hidden">{title}</span>
    </span>
  );
}

/** Without the type, which is told in a place of its own. */
export function argumentsOf(row: QueueRow): [name: string, value: string | number | boolean][] {
  return Object.entries(row.arguments ?? {}).filter(([name]) => name !== "x-queue-type");
}
