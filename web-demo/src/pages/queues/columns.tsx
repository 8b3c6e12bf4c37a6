// What the table of queues shows.

import { ackRate, deliverRate, isSubscriptionQueue, publishRate, type QueueRow } from "../../api/queues.ts";
import { formatCount, formatRate } from "../../parts/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import type { Column } from "../../parts/virtual-table.tsx";
import { type QueueState, stateOf } from "./states.ts";

export const ORDERS: Record<string, (row: QueueRow) => number | string> = {
  state: (row) => stateOf(row),
  ready: (row) => row.messages_ready,
  unacked: (row) => row.messages_unacknowledged,
  total: (row) => row.messages,
  consumers: (row) => row.consumers,
  publish: publishRate,
  deliver: deliverRate,
  ack: ackRate,
};

export const COLUMNS: readonly Column<QueueRow>[] = [
  { key: "state", label: "State", kind: "text", width: "6.75rem", hide: "narrow", cell: (row) => <State row={row} /> },
  number("ready", "Ready", "5.25rem", (row) => formatCount(row.messages_ready)),
  { ...number("unacked", "Unacked", "5.25rem", (row) => formatCount(row.messages_unacknowledged)), hide: "narrow" },
  { ...number("total", "Total", "5.25rem", (row) => formatCount(row.messages)), hide: "wide" },
  { ...number("consumers", "Consumers", "5.75rem", (row) => formatCount(row.consumers)), hide: "narrow" },
  { ...number("publish", "Publish/s", "5.5rem", (row) => formatRate(publishRate(row))), hide: "narrow" },
  { ...number("deliver", "Deliver/s", "5.5rem", (row) => formatRate(deliverRate(row))), hide: "narrow" },
  { ...number("ack", "Ack/s", "5rem", (row) => formatRate(ackRate(row))), hide: "wide" },
  {
    key: "depth",
    label: "Depth, 60 s",
    kind: "plain",
    width: "6.5rem",
    hide: "medium",
    cell: (row, feed) => <Sparkline feed={feed} name={row.name} />,
  },
];

function number(key: string, label: string, width: string, cell: (row: QueueRow) => string): Column<QueueRow> {
  return { key, label, kind: "number", width, cell };
}

const LABELS: Record<QueueState, string> = {
  unread: "no reader",
  flowing: "flowing",
  waiting: "waiting",
  idle: "idle",
  stopped: "stopped",
};

const EXPLAINED: Record<QueueState, string> = {
  unread: "Holds messages, and nobody is subscribed",
  flowing: "Messages come or go",
  waiting: "Holds messages, and nothing moves",
  idle: "Empty, and nothing moves",
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

/** Short marks beside the name: what outlives a restart, what removes itself, what limits it. */
export function QueueTags({ row }: { row: QueueRow }) {
  if (isSubscriptionQueue(row)) return <Tag text="subscription" title="Belongs to one subscription, and goes with it" />;
  const limited = Object.keys(row.arguments ?? {}).length;
  return (
    <>
      {row.durable && <Tag text="D" title="Durable: survives a restart" />}
      {row.auto_delete && <Tag text="AD" title="Auto-delete: goes with its last consumer" />}
      {limited > 0 && <Tag text="Args" title={argumentsText(row)} />}
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

function argumentsText(row: QueueRow): string {
  return Object.entries(row.arguments ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}
