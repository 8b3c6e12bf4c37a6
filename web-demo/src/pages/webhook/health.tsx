// How a webhook is doing, and since when.

import type { WebhookRow } from "../../api/webhooks.ts";
import { queueOf, streamOf } from "../../live/destinations.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Ago } from "../../parts/ago.tsx";
import { Fact } from "../../parts/fact.tsx";
import { formatTime } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../route/route.ts";
import { CIRCUITS_EXPLAINED, explainedState, WebhookState } from "../webhooks/states.tsx";

export function Health({ workspace, row }: { workspace: Workspace; row: WebhookRow }) {
  const { status, warnings = [] } = row;
  return (
    <>
      <dl class="health panel" data-testid="webhook-health">
        <Fact name="State">
          <WebhookState status={status} /> <span class="muted">{status.reason ?? explainedState(status)}</span>
        </Fact>
        <Fact name="Circuit">
          <span data-testid="webhook-circuit">{CIRCUITS_EXPLAINED[status.circuit]}</span>
          {status.retry_at && <span class="muted numbers">, next attempt at {formatTime(new Date(status.retry_at))}</span>}
        </Fact>
        <Fact name="From">
          <Source vhost={workspace.vhost} source={row.source} />
        </Fact>
        <Fact name="To">
          <code class="object-name">{row.sink}</code>
        </Fact>
        <Fact name="Last success">
          <Ago time={status.last_success} />
        </Fact>
        <Fact name="Last failure">
          <Ago time={status.last_failure} />
          {status.last_error && <span data-testid="last-error">: {status.last_error}</span>}
        </Fact>
      </dl>
      {warnings.map((warning) => (
        <p key={warning} class="notice" data-level="warn" data-testid="webhook-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
    </>
  );
}

function Source({ vhost, source }: { vhost: string; source: string }) {
  const name = queueOf(source) ?? streamOf(source);
  if (name === null) return <code class="object-name">{source}</code>;
  return (
    <a href={href(["queues", vhost, name])}>
      <code class="object-name">{source}</code>
    </a>
  );
}
