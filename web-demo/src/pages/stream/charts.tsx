// The charts of a stream: its rates, and how many messages it keeps. Both are held together.

import { useSignal } from "@preact/signals";
import { deliverRate, publishRate, type QueueRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Chart, type ChartLine } from "../../parts/chart.tsx";
import { formatCount, formatRate } from "../../parts/format.ts";
import { useRowColumns } from "../../parts/use-row-columns.ts";

const SECONDS = 120;

const RATES: readonly ChartLine[] = [
  { label: "publish/s", colour: "publish", format: formatRate },
  { label: "deliver/s", colour: "deliver", format: formatRate },
];

const KEPT: readonly ChartLine[] = [{ label: "kept", colour: "ready", format: formatCount }];

export function StreamCharts({ workspace, name }: { workspace: Workspace; name: string }) {
  const rates = useRowColumns(workspace.queues, name, ratesOf);
  const kept = useRowColumns(workspace.queues, name, keptOf);
  const paused = useSignal(false);
  return (
    <div class="queue-charts">
      <Chart label="Rates of the stream" lines={RATES} columns={rates} seconds={SECONDS} paused={paused} testId="stream-rates" />
      <Chart label="Messages that the stream keeps" lines={KEPT} columns={kept} seconds={SECONDS} paused={paused} testId="stream-kept" />
    </div>
  );
}

function ratesOf(row: QueueRow): number[] {
  return [publishRate(row), deliverRate(row)];
}

function keptOf(row: QueueRow): number[] {
  return [row.messages_ready];
}
