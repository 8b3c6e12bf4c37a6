// What a queue was declared with, and what happened to it since.

import type { QueueRow } from "../../api/queues.ts";
import { formatCount } from "../../parts/format.ts";
import { ARGUMENTS } from "../queues/arguments.ts";

export function Settings({ row }: { row: QueueRow }) {
  return (
    <div class="fact-columns">
      <section aria-label="Declared with">
        <h2>Declared with</h2>
        <dl class="fact-list" data-testid="queue-settings">
          <Fact name="Durable" value={row.durable ? "yes, with its persistent messages" : "no"} />
          <Fact name="Auto-delete" value={row.auto_delete ? "yes, with its last consumer" : "no"} />
          <Fact name="Exclusive" value={row.exclusive ? "yes, to one connection" : "no"} />
          {Object.entries(row.arguments ?? {}).map(([name, value]) => (
            <Fact key={name} name={labelOf(name)} code={name} value={String(value)} />
          ))}
        </dl>
      </section>
      <section aria-label="Since it was declared">
        <h2>Since it was declared</h2>
        <dl class="fact-list" data-testid="queue-counters">
          {COUNTERS.map(({ label, field }) => (
            <Fact key={field} name={label} value={formatCount(row.message_stats?.[field] ?? 0)} />
          ))}
        </dl>
      </section>
    </div>
  );
}

const COUNTERS = [
  { label: "Published to it", field: "publish" },
  { label: "Delivered", field: "deliver_get" },
  { label: "Acked", field: "ack" },
  { label: "Delivered again", field: "redeliver" },
  { label: "Dropped, since it was full", field: "dropped" },
  { label: "Expired", field: "expired" },
  { label: "Dead-lettered", field: "dead_lettered" },
] as const;

function labelOf(argument: string): string {
  return ARGUMENTS.find(({ name }) => name === argument)?.label ?? argument;
}

export function Fact({ name, code, value }: { name: string; code?: string; value: string }) {
  return (
    <div>
      <dt>
        {name} {code && code !== name && <code>{code}</code>}
      </dt>
      <dd class="numbers">{value === "" ? "(empty)" : value}</dd>
    </div>
  );
}
