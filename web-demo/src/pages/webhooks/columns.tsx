// What the table of webhooks shows.

import type { WebhookRow, WebhookStatus } from "../../api/webhooks.ts";
import { Ago } from "../../parts/ago.tsx";
import { formatCount } from "../../parts/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import type { Column } from "../../parts/virtual-table.tsx";
import { CIRCUITS, CIRCUITS_EXPLAINED, orderOfState, WebhookState } from "./states.tsx";

export const ORDERS: Record<string, (row: WebhookRow) => number | string> = {
  state: orderOfState,
  source: (row) => row.source,
  circuit: (row) => row.status.circuit,
  waiting: (row) => row.status.waiting,
  retrying: (row) => row.status.retrying,
  in_flight: (row) => row.status.in_flight,
  dead: (row) => row.status.dead,
  delivered: (row) => row.status.delivered,
  success: (row) => row.status.last_success ?? "",
  failure: (row) => row.status.last_failure ?? "",
};

export const COLUMNS: readonly Column<WebhookRow>[] = [
  { key: "state", label: "State", kind: "text", width: "7.25rem", cell: (row) => <WebhookState status={row.status} /> },
  { key: "source", label: "Source", kind: "text", width: "10rem", hide: "medium", cell: (row) => <span title={row.source}>{row.source}</span> },
  { key: "circuit", label: "Circuit", kind: "text", width: "5.5rem", hide: "wide", cell: (row) => <Circuit row={row} /> },
  number("waiting", "Waiting", "4.75rem"),
  { ...number("retrying", "Retrying", "4.75rem"), hide: "narrow" },
  { ...number("in_flight", "In flight", "4.75rem"), hide: "wide" },
  { ...number("dead", "Dead", "4rem"), hide: "narrow" },
  { ...number("delivered", "Delivered", "5.5rem"), hide: "narrow" },
  { key: "backlog", label: "Waiting, 2 min", kind: "plain", width: "8rem", hide: "wide", cell: (row, list) => <Sparkline feed={list} name={row.name} /> },
  { key: "success", label: "Last success", kind: "text", width: "6.5rem", hide: "narrow", cell: (row) => <Ago time={row.status.last_success} /> },
  { key: "failure", label: "Last failure", kind: "text", width: "11rem", hide: "medium", cell: (row) => <LastFailure row={row} /> },
];

type Count = "waiting" | "retrying" | "in_flight" | "dead" | "delivered";

function number(key: Count & keyof WebhookStatus, label: string, width: string): Column<WebhookRow> {
  return { key, label, kind: "number", width, cell: (row) => formatCount(row.status[key]) };
}

function Circuit({ row }: { row: WebhookRow }) {
  const { circuit } = row.status;
  return <span title={CIRCUITS_EXPLAINED[circuit]}>{CIRCUITS[circuit]}</span>;
}

function LastFailure({ row }: { row: WebhookRow }) {
  const { last_failure: time, last_error: error } = row.status;
  return (
    <span title={error ?? undefined}>
      <Ago time={time} />
      {error && <span class="muted">, {error}</span>}
    </span>
  );
}
