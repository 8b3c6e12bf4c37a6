// Who reads a queue or a stream.

import { useComputed } from "@preact/signals";
import { type Consumer, fetchConsumers } from "../../api/consumers.ts";
import { queueDestination } from "../../live/destinations.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";

interface Props {
  workspace: Workspace;
  name: string;
  /** "queue" or "stream". */
  noun?: string;
  /** Where to subscribe. */
  destination?: string;
}

export function Consumers({ workspace, name, noun = "queue", destination = queueDestination(name) }: Props) {
  const { api, vhost, overview, queues } = workspace;
  const unacked = useComputed(() => queues.row(name)?.messages_unacknowledged);
  const consumers = useRemote(
    () => fetchConsumers(api, vhost, name),
    // What the server pushes tells when they are others, or have something else; so does a reconnect.
    () => [overview.topology.value, queues.complete.value, unacked.value],
  );
  const rows = consumers.value.value;
  if (consumers.failure.value && !rows) return <FailureText failure={consumers.failure.value} testId="consumers-error" />;
  if (!rows) return <EmptyState title="Loading the consumers." />;
  if (rows.length === 0) {
    return (
      <EmptyState title={`Nobody reads this ${noun}.`} testId="consumers-empty">
        Subscribe to <code>{destination}</code>, for example in the <a href={href(["playground"], { from: destination })}>playground</a>.
      </EmptyState>
    );
  }
  return (
    <>
      {consumers.failure.value && <FailureText failure={consumers.failure.value} testId="consumers-error" />}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Consumers">
        <table class="object-table" data-testid="consumers">
          <thead>
            <tr>
              <th scope="col">Connection</th>
              <th scope="col">User</th>
              <th scope="col">Ack</th>
              <th scope="col" class="number">Prefetch</th>
              <th scope="col" class="number">Unacked</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>{rows.map((row) => <Row key={keyOf(row)} row={row} />)}</tbody>
        </table>
      </div>
    </>
  );
}

function keyOf(row: Consumer): string {
  return `${row.channel_details.connection_name} ${row.consumer_tag}`;
}

const STATES = { up: "served", single_active: "the only one served", waiting: "waits for its turn" } as const;

function Row({ row }: { row: Consumer }) {
  const { connection_name, user } = row.channel_details;
  const priority = row.arguments["x-priority"];
  return (
    <tr data-testid="consumer-row">
      <td>
        <a class="object-name" href={href(["connections", connection_name])}>
          {connection_name}
        </a>
      </td>
      <td>{user}</td>
      <td>{row.ack_required ? "explicit" : "auto"}</td>
      <td class="number">{row.prefetch_count === 0 ? "no limit" : formatCount(row.prefetch_count)}</td>
      <td class="number">{formatCount(row.unacked)}</td>
      <td>
        {STATES[row.activity_status]}
        {row.exclusive && ", exclusive"}
        {priority !== undefined && `, priority ${priority}`}
      </td>
    </tr>
  );
}
