// One connection: who it is, what goes over it, what it is subscribed to, and closing it.

import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type ConnectionRow, receivedRate, sentRate } from "../../api/connections.ts";
import { type Consumer, fetchConsumers } from "../../api/consumers.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Chart, type ChartLine } from "../../parts/chart.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatOctets } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Stat } from "../../parts/stat.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useRemote } from "../../parts/use-remote.ts";
import { useRowColumns } from "../../parts/use-row-columns.ts";
import { href, navigate } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { askToClose } from "../connections/closing.tsx";
import { protocolOf } from "../connections/index.tsx";
import { Since } from "../connections/since.tsx";
import { ConnectionState } from "../connections/state.tsx";
import "../../style/objects.css";

export function ConnectionPage({ workspace, params }: PageProps) {
  const { connections } = workspace;
  useFeed(connections);
  const name = params["name"] ?? "";
  const row = connections.row(name);
  if (row) return <ConnectionView workspace={workspace} row={row} />;
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail />} />
      {connections.complete.value ? (
        <EmptyState title="This connection has ended." testId="connection-gone">
          A client that connects again gets another address. <a href={href(["connections"])}>See who is there</a>.
        </EmptyState>
      ) : (
        <EmptyState title="Loading the connection." testId="connection-loading" />
      )}
    </div>
  );
}

const RATES: readonly ChartLine[] = [
  { label: "from it/s", colour: "publish", format: formatOctets },
  { label: "to it/s", colour: "deliver", format: formatOctets },
];

const SECONDS = 120;

function ConnectionView({ workspace, row }: { workspace: Workspace; row: ConnectionRow }) {
  const rates = useRowColumns(workspace.connections, row.name, (row) => [receivedRate(row), sentRate(row)]);
  return (
    <div class="page">
      <PageHead
        title={
          <>
            <span class="visually-hidden">Connection </span>
            <span class="object-name">{row.name}</span>
          </>
        }
        trail={<Trail />}
      >
        <button type="button" class="danger" data-testid="close-connection" onClick={() => void closeAndLeave(workspace, row)}>
          <Icon name="close" />
          Close
        </button>
      </PageHead>
      <Freshness workspace={workspace} />
      <dl class="stats" data-testid="connection-figures">
        <Stat label="Subscriptions" field="subscriptions" value={formatCount(row.subscriptions ?? 0)} />
        <Stat label="From it" field="received" colour="publish" value={formatOctets(row.recv_oct ?? 0)} />
        <Stat label="To it" field="sent" colour="deliver" value={formatOctets(row.send_oct ?? 0)} />
        <Stat label="Outbox" field="outbox" value={formatOctets(row.outbox_bytes ?? 0)} />
      </dl>
      <div class="fact-columns">
        <dl class="fact-list" data-testid="connection-facts">
          <Fact name="User">{workspace.identity.rights.administration ? <a href={href(["users", row.user])}>{row.user}</a> : row.user}</Fact>
          <Fact name="Protocol">{protocolOf(row)}</Fact>
          <Fact name="Address">
            {row.peer_host} port {row.peer_port}
          </Fact>
          <Fact name="Connected for">
            <Since row={row} />
          </Fact>
          <Fact name="State">
            <ConnectionState row={row} />
          </Fact>
        </dl>
        <div class="queue-charts">
          <Chart label="Octets over the connection, a second" lines={RATES} columns={rates} seconds={SECONDS} testId="connection-rates" />
        </div>
      </div>
      <section class="stack" aria-label="Subscriptions">
        <h2>Reads from</h2>
        <Subscriptions workspace={workspace} row={row} />
      </section>
    </div>
  );
}

async function closeAndLeave(workspace: Workspace, row: ConnectionRow): Promise<void> {
  if (await askToClose(workspace, row)) navigate(href(["connections"]));
}

function Trail() {
  return <a href={href(["connections"])}>Connections</a>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Subscriptions({ workspace, row }: { workspace: Workspace; row: ConnectionRow }) {
  const { api, vhost, overview, connections } = workspace;
  const count = useComputed(() => connections.row(row.name)?.subscriptions);
  const unacked = useComputed(() => overview.facts.value?.queue_totals?.messages_unacknowledged);
  const consumers = useRemote(
    async () => (await fetchConsumers(api, vhost)).filter((it) => it.channel_details.connection_name === row.name),
    // Also after a reconnect, and when anything is handed out or settled.
    () => [overview.topology.value, count.value, connections.complete.value, unacked.value],
  );
  const rows = consumers.value.value;
  if (consumers.failure.value && !rows) return <FailureText failure={consumers.failure.value} testId="consumers-error" />;
  if (!rows) return <EmptyState title="Loading the subscriptions." />;
  if (rows.length === 0) return <EmptyState title="It is subscribed to nothing." testId="consumers-empty" />;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="What it reads from">
      <table class="object-table" data-testid="consumers">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Ack</th>
            <th scope="col" class="number">Prefetch</th>
            <th scope="col" class="number">Unacked</th>
          </tr>
        </thead>
        <tbody>{rows.map((consumer) => <SubscriptionRow key={consumer.consumer_tag} consumer={consumer} />)}</tbody>
      </table>
    </div>
  );
}

function SubscriptionRow({ consumer }: { consumer: Consumer }) {
  const { queue, ack_required, prefetch_count, unacked } = consumer;
  return (
    <tr data-testid="consumer-row">
      <td>
        <a class="object-name" href={href(["queues", queue.vhost, queue.name])}>
          {queue.name}
        </a>
      </td>
      <td>{ack_required ? "explicit" : "auto"}</td>
      <td class="number">{prefetch_count === 0 ? "no limit" : formatCount(prefetch_count)}</td>
      <td class="number">{formatCount(unacked)}</td>
    </tr>
  );
}
