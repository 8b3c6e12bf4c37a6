// All connections: who is there, how much goes over them, and what waits for them.

import { type ConnectionRow, receivedRate, sentRate } from "../../api/connections.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatOctets } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useListView } from "../../parts/use-list-view.ts";
import { type Column, VirtualTable } from "../../parts/virtual-table.tsx";
import { href } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { askToClose, CloseConnectionButton } from "./closing.tsx";
import { Since } from "./since.tsx";
import { ConnectionState } from "./state.tsx";

const ORDERS = {
  user: (row: ConnectionRow) => row.user,
  protocol: (row: ConnectionRow) => row.protocol ?? "",
  state: (row: ConnectionRow) => row.state ?? "",
  since: (row: ConnectionRow) => row.connected_at ?? 0,
  subscriptions: (row: ConnectionRow) => row.subscriptions ?? 0,
  received: receivedRate,
  sent: sentRate,
  outbox: (row: ConnectionRow) => row.outbox_bytes ?? 0,
};

const USER: Column<ConnectionRow> = { key: "user", label: "User", kind: "text", width: "6.5rem", hide: "narrow", cell: (row) => row.user };

const LINKED_USER: Column<ConnectionRow> = { ...USER, cell: ({ user }) => <a href={href(["users", user])}>{user}</a> };

const FIGURES: readonly Column<ConnectionRow>[] = [
  { key: "protocol", label: "Protocol", kind: "text", width: "11.5rem", hide: "narrow", cell: protocolOf },
  { key: "state", label: "State", kind: "text", width: "6rem", cell: (row) => <ConnectionState row={row} /> },
  { key: "since", label: "Since", kind: "number", width: "6.5rem", hide: "medium", cell: (row) => <Since row={row} /> },
  {
    key: "subscriptions",
    label: "Subscriptions",
    kind: "number",
    width: "7rem",
    hide: "medium",
    cell: (row) => formatCount(row.subscriptions ?? 0),
  },
  { key: "received", label: "From it/s", kind: "number", width: "6.5rem", hide: "narrow", cell: (row) => formatOctets(receivedRate(row)) },
  { key: "sent", label: "To it/s", kind: "number", width: "6.5rem", hide: "narrow", cell: (row) => formatOctets(sentRate(row)) },
  { key: "outbox", label: "Outbox", kind: "number", width: "6.5rem", hide: "medium", cell: (row) => formatOctets(row.outbox_bytes ?? 0) },
];

export function protocolOf(row: ConnectionRow): string {
  const over = row.transport === "websocket" ? "WebSocket" : row.transport === "tcp" ? "TCP" : "";
  return [row.protocol, over].filter(Boolean).join(", ");
}

const COLUMNS = [USER, ...FIGURES];

/** For those who may see users. */
const LINKED_COLUMNS = [LINKED_USER, ...FIGURES];

/** Where the client is. The whole name of the connection tells the listener as well. */
function addressOf(row: ConnectionRow): string {
  return row.peer_host === undefined ? row.name : `${row.peer_host}:${row.peer_port}`;
}

export function ConnectionsPage({ workspace }: PageProps) {
  const { connections } = workspace;
  useFeed(connections);
  const view = useListView(connections, { columns: ORDERS, textOf: (row) => `${row.name} ${row.user}` });
  const shown = view.shown.value.length;
  const all = connections.names.value.length;
  return (
    <div class="page fill">
      <PageHead title="Connections" />
      <div class="list-tools">
        <SearchField label="Search by address or user" value={view.filter} testId="connection-filter" />
        <p class="count muted" data-testid="connection-count">
          {shown === all ? `${formatCount(all)} connections` : `${formatCount(shown)} of ${formatCount(all)} connections`}
        </p>
        <Freshness workspace={workspace} />
      </div>
      {connections.failure.value && <FailureText failure={connections.failure.value} testId="feed-error" />}
      <VirtualTable
        label="Connections"
        feed={connections}
        view={view}
        columns={workspace.identity.rights.administration ? LINKED_COLUMNS : COLUMNS}
        testId="connection"
        nameLabel="Address"
        nameOf={addressOf}
        href={(row) => href(["connections", row.name])}
        actions={(row) => <CloseConnectionButton workspace={workspace} row={row} />}
        actionsWidth="3rem"
        onDelete={(row) => void askToClose(workspace, row)}
        empty={<Empty workspace={workspace} />}
      />
    </div>
  );
}

function Empty({ workspace }: { workspace: Workspace }) {
  const { connections } = workspace;
  if (connections.updated.value) {
    return (
      <EmptyState title="No connection is like this." testId="connections-empty">
        Search for another part of an address or user.
      </EmptyState>
    );
  }
  const failed = connections.failure.value !== null;
  return <EmptyState title={failed ? "The connections could not be read." : "Loading the connections."} testId="connections-empty" />;
}
