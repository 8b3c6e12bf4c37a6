// The figures of a webhook: what waits now, and what became of the rest.

import type { WebhookRow } from "../../api/webhooks.ts";
import { formatCount } from "../../parts/format.ts";
import { Stat } from "../../parts/stat.tsx";
import { href } from "../../route/route.ts";

export function Figures({ row }: { row: WebhookRow }) {
  const { status, vhost } = row;
  const queue = href(["queues", vhost, status.queue]);
  return (
    <dl class="stats" data-testid="webhook-figures">
      <Stat label="Waiting" field="waiting" value={formatCount(status.waiting)} href={queue} />
      <Stat label="Retrying" field="retrying" value={formatCount(status.retrying)} href={queue} />
      <Stat label="In flight" field="in_flight" value={formatCount(status.in_flight)} />
      <Stat label="Dead" field="dead" value={formatCount(status.dead)} href={href(["queues", vhost, status.dead_letter_queue])} />
      <Stat label="Delivered" field="delivered" value={formatCount(status.delivered)} />
      <Stat label="Failed attempts" field="failed_attempts" value={formatCount(status.failed_attempts)} />
      <Stat label="Dead-lettered" field="dead_lettered" value={formatCount(status.dead_lettered)} />
      <Stat label="Filtered out" field="filtered" value={formatCount(status.filtered)} />
      <Stat label="Replayed" field="replayed" value={formatCount(status.replayed)} />
    </dl>
  );
}
