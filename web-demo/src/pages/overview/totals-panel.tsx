import { useComputed } from "@preact/signals";
import { isSubscriptionQueue } from "../../api/queues.ts";
import { type Line, LINES } from "../../live/samples.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount, formatRate } from "../../parts/format.ts";
import { Stat } from "../../parts/stat.tsx";
import { href } from "../../route/route.ts";

const FLOWS: readonly { line: Line; label: string; format: (value: number) => string }[] = [
  { line: "publish", label: "Publish/s", format: formatRate },
  { line: "deliver", label: "Deliver/s", format: formatRate },
  { line: "ack", label: "Ack/s", format: formatRate },
  { line: "redeliver", label: "Redeliver/s", format: formatRate },
  { line: "ready", label: "Ready", format: formatCount },
  { line: "unacked", label: "Unacked", format: formatCount },
];

const OBJECTS = [
  { field: "queues", label: "Queues", link: href(["queues"]) },
  { field: "consumers", label: "Consumers", link: undefined },
  { field: "exchanges", label: "Exchanges", link: href(["exchanges"]) },
  { field: "connections", label: "Connections", link: href(["connections"]) },
] as const;

export function TotalsPanel({ workspace }: { workspace: Workspace }) {
  const { columns, facts } = workspace.overview;
  const newest = columns.value[0].length - 1;
  const counted = useCountedQueues(workspace);
  const objects = { ...facts.value?.object_totals, ...(counted !== null && { queues: counted }) };
  return (
    <section class="panel totals" aria-label="Totals">
      <dl class="stats">
        {FLOWS.map(({ line, label, format }) => {
          const value = columns.value[LINES.indexOf(line) + 1]?.[newest];
          const text = value === null || value === undefined ? null : format(value);
          return <Stat key={line} field={line} label={label} value={text} colour={line} />;
        })}
      </dl>
      <dl class="stats objects">
        {OBJECTS.map(({ field, label, link }) => {
          const value = objects[field];
          return <Stat key={field} field={field} label={label} value={value === undefined ? null : formatCount(value)} href={link} />;
        })}
      </dl>
    </section>
  );
}

/** As many as the page of queues lists; the gateway counts those of topic subscriptions too. */
function useCountedQueues({ queues }: Workspace): number | null {
  return useComputed(() => {
    if (!queues.complete.value) return null;
    return queues.names.value.filter((name) => !isSubscriptionQueue(queues.peek(name)!)).length;
  }).value;
}
