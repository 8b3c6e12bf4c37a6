// The figures of a queue: what is in it, how fast it moves, and what happened to it since it was declared.

import { ackRate, deliverRate, publishRate, type QueueRow } from "../../api/queues.ts";
import { formatCount, formatOctets, formatRate } from "../../parts/format.ts";
import { Stat } from "../../parts/stat.tsx";

export function Figures({ row }: { row: QueueRow }) {
  return (
    <dl class="stats" data-testid="queue-figures">
      <Stat label="Ready" field="ready" colour="ready" value={formatCount(row.messages_ready)} />
      <Stat label="Unacked" field="unacked" colour="unacked" value={formatCount(row.messages_unacknowledged)} />
      <Stat label="Delayed" field="delayed" value={formatCount(row.messages_delayed ?? 0)} />
      <Stat label="Size" field="size" value={formatOctets(row.message_bytes ?? 0)} />
      <Stat label="Consumers" field="consumers" value={formatCount(row.consumers)} />
      <Stat label="Publish/s" field="publish" colour="publish" value={formatRate(publishRate(row))} />
      <Stat label="Deliver/s" field="deliver" colour="deliver" value={formatRate(deliverRate(row))} />
      <Stat label="Ack/s" field="ack" colour="ack" value={formatRate(ackRate(row))} />
    </dl>
  );
}
