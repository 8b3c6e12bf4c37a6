// What a stream was declared with, and what that means.

import type { StreamRow } from "../../api/queues.ts";
import { formatCount } from "../../parts/format.ts";
import { argumentsOf } from "../queues/columns.tsx";
import { Fact } from "../queue/settings.tsx";
import { ageText, goesInSegments, retentionText, sizeText } from "./retention.ts";

export function StreamSettings({ row }: { row: StreamRow }) {
  const given = row.arguments ?? {};
  return (
    <div class="fact-columns">
      <section aria-label="Retention">
        <h2>Retention</h2>
        <p>{retentionText(given)}</p>
        {goesInSegments(given) && (
          <p class="muted">
            By age and size whole segments go, once all in them may: some messages stay a little longer than they have to.
          </p>
        )}
        <dl class="fact-list" data-testid="stream-settings">
          <Fact name="Durable" value="yes, as every stream" />
          {argumentsOf(row).map(([name, value]) => (
            <Fact key={name} name={LABELS[name] ?? name} code={name} value={valueText(name, value)} />
          ))}
        </dl>
      </section>
      <section aria-label="Since it was declared">
        <h2>Since it was declared</h2>
        <dl class="fact-list" data-testid="stream-counters">
          <Fact name="Published to it" value={formatCount(row.message_stats?.publish ?? 0)} />
          <Fact name="Delivered" value={formatCount(row.message_stats?.deliver_get ?? 0)} />
          <Fact name="Acked" value={formatCount(row.message_stats?.ack ?? 0)} />
          <Fact name="Files of its own" value={formatCount(row.stream.segments)} />
          <Fact name="Epoch" value={row.stream.epoch} />
        </dl>
        <p class="muted">
          The epoch tells these offsets from those of an earlier stream of this name. What is new is in the journal first, and moves to files of
          its own later.
        </p>
      </section>
    </div>
  );
}

const LABELS: Record<string, string> = {
  "x-max-age": "Longest age",
  "x-max-length": "Most messages",
  "x-max-length-bytes": "Most octets",
  "x-stream-max-segment-size-bytes": "Segment size",
};

/** With the value as it was declared, where that is written otherwise. */
function valueText(name: string, value: string | number | boolean): string {
  if (name === "x-max-age") return `${ageText(String(value))} (${value})`;
  if (name.endsWith("-bytes")) return `${sizeText(Number(value))} (${formatCount(Number(value))} B)`;
  return typeof value === "number" ? formatCount(value) : String(value);
}
