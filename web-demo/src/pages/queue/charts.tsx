// The charts of a queue: its rates, and how deep it is. Both are held together.

import { useSignal } from "@preact/signals";
import { ackRate, deliverRate, publishRate, type QueueRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Chart, type ChartLine } from "../../parts/chart.tsx";
import { formatCount, formatRate } from "../../parts/format.ts";
import { useRowColumns } from "../../parts/use-row-columns.ts";

const SECONDS = 120;

const RATES: readonly ChartLine[] = [
  { label: "publish/s", colour: "publish", format: formatRate },
  { label: "deliver/s", colour: "deliver", format: formatRate },
  { label: "ack/s", colour: "ack", format: formatRate },
];

const DEPTHS: readonly ChartLine[] = [
  { label: "ready", colour: "ready", format: formatCount },
  { label: "unacked", colour: "unacked", format: formatCount },
];

export function QueueCharts({ workspace, name }: { workspace: Workspace; name: string }) {
  const rates = useRowColumns(workspace.queues, name, ratesOf);
  const depths = useRowColumns(workspace.queues, name, depthsOf);
  const paused = useSignal(false);
  return (
    <div class="queue-charts">
      <Chart label="Rates of the queue" lines={RATES} columns={rates} seconds={SECONDS} paused={paused} testId="queue-rates" />
      <Chart label="Messages in the queue" lines={DEPTHS} columns={depths} seconds={SECONDS} paused={paused} testId="queue-depth" />
    </div>
  );
}

function ratesOf(row: QueueRow): number[] {
  return [publishRate(row), deliverRate(row), ackRate(row)];
}

function depthsOf(row: QueueRow): number[] {
  return [row.messages_ready, row.messages_unacknowledged];
}
