// The figures of a stream: what it keeps, under which numbers, and how fast it moves.

import { deliverRate, publishRate, type StreamRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount, formatOctets, formatRate } from "../../parts/format.ts";
import { Stat } from "../../parts/stat.tsx";

export function StreamFigures({ workspace, row }: { workspace: Workspace; row: StreamRow }) {
  const node = workspace.overview.node.value;
  const { first_offset: first, next_offset: next, epoch } = row.stream;
  return (
    <dl class="stats" data-testid="stream-figures">
      <Stat label="Kept messages" field="kept" colour="ready" value={formatCount(row.messages_ready)} />
      <Stat label={node && node.disk_free === undefined ? "In memory" : "On disk"} field="size" value={formatOctets(row.message_bytes ?? 0)} />
      <Stat label="First offset" field="first" value={formatCount(first)} />
      <Stat label="Next offset" field="next" value={formatCount(next)} />
      <Stat label="Consumers" field="consumers" value={formatCount(row.consumers)} />
      <Stat label="Publish/s" field="publish" colour="publish" value={formatRate(publishRate(row))} />
      <Stat label="Deliver/s" field="deliver" colour="deliver" value={formatRate(deliverRate(row))} />
      <Stat label="Epoch" field="epoch" value={epoch} />
    </dl>
  );
}
