import { type Signal, useComputed } from "@preact/signals";
import { columnOf, type Line } from "../../live/samples.ts";
import type { Columns } from "../../live/timeline.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Chart, type ChartLine } from "../../parts/chart.tsx";
import { formatCount, formatRate } from "../../parts/format.ts";
import { queryValue, setQuery } from "../../route/route.ts";

type NamedLine = ChartLine & { line: Line };

const RATES: readonly NamedLine[] = [
  { line: "publish", label: "publish", colour: "publish", format: formatRate },
  { line: "deliver", label: "deliver", colour: "deliver", format: formatRate },
  { line: "ack", label: "ack", colour: "ack", format: formatRate },
  { line: "redeliver", label: "redeliver", colour: "redeliver", format: formatRate },
];

const DEPTHS: readonly NamedLine[] = [
  { line: "ready", label: "ready", colour: "ready", format: formatCount },
  { line: "unacked", label: "unacked", colour: "unacked", format: formatCount },
];

const RANGES = [
  { seconds: 60, label: "1 min" },
  { seconds: 300, label: "5 min" },
  { seconds: 600, label: "10 min" },
];
const RANGE = 600;

/** Both charts show the same minutes, and are held together. */
export function ChartsPanel({ workspace, paused }: { workspace: Workspace; paused: Signal<boolean> }) {
  const seconds = RANGES.find((range) => String(range.seconds) === queryValue("range"))?.seconds ?? RANGE;
  const shared = { workspace, paused, seconds };
  return (
    <section class="panel charts" aria-labelledby="charts-title">
      <div class="panel-head">
        <h2 id="charts-title">Messages</h2>
        <Ranges seconds={seconds} />
      </div>
      <h3>Rates, per second</h3>
      <Lines {...shared} lines={RATES} label="Messages published, delivered, acked and redelivered, per second" testId="rates-chart" />
      <h3>In queues</h3>
      <Lines {...shared} lines={DEPTHS} label="Messages ready and unacked in all queues" testId="depth-chart" />
    </section>
  );
}

function Ranges({ seconds }: { seconds: number }) {
  return (
    <div class="segments" role="group" aria-label="Time shown">
      {RANGES.map((range) => (
        <button
          key={range.seconds}
          type="button"
          aria-pressed={range.seconds === seconds}
          onClick={() => setQuery({ range: range.seconds === RANGE ? null : range.seconds })}
        >
          {range.label}
        </button>
      ))}
    </div>
  );
}

interface LinesProps {
  workspace: Workspace;
  lines: readonly NamedLine[];
  paused: Signal<boolean>;
  seconds: number;
  label: string;
  testId: string;
}

function Lines({ workspace, lines, ...rest }: LinesProps) {
  const columns = useComputed<Columns>(() => {
    const all = workspace.overview.columns.value;
    return [all[0], ...lines.map(({ line }) => all[columnOf(line)] as (number | null)[])];
  });
  return <Chart lines={lines} columns={columns} {...rest} />;
}
