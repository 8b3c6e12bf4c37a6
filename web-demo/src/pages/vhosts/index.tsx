// All vhosts: how much is in each, and how much may be.

import type { VhostRow } from "../../api/vhosts.ts";
import { limitOf } from "../../live/access/limits.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useListView } from "../../parts/use-list-view.ts";
import { type Column, VirtualTable } from "../../parts/virtual-table.tsx";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { CreateVhost } from "./create-vhost.tsx";
import { askToDeleteVhost, DeleteVhostButton } from "./removal.tsx";
import "../../style/access.css";
import "../../style/webhooks.css";

const ORDERS: Record<string, (row: VhostRow) => number | string> = {
  description: (row) => row.description ?? "",
  queues: (row) => row.queues ?? 0,
  connections: (row) => row.connections ?? 0,
  messages: (row) => row.messages ?? 0,
  ready: (row) => row.messages_ready ?? 0,
  unacked: (row) => row.messages_unacknowledged ?? 0,
};

const COLUMNS: readonly Column<VhostRow>[] = [
  { key: "description", label: "Description", kind: "text", width: "26%", hide: "narrow", cell: (row) => <span title={row.description}>{row.description}</span> },
  { key: "connections", label: "Connections", kind: "number", width: "8rem", hide: "medium", cell: (row) => filled(row, row.connections, "max-connections") },
  { key: "queues", label: "Queues", kind: "number", width: "8rem", hide: "narrow", cell: (row) => filled(row, row.queues, "max-queues") },
  { key: "messages", label: "Messages", kind: "number", width: "6.5rem", cell: (row) => formatCount(row.messages ?? 0) },
  { key: "ready", label: "Ready", kind: "number", width: "6rem", hide: "medium", cell: (row) => formatCount(row.messages_ready ?? 0) },
  { key: "unacked", label: "Unacked", kind: "number", width: "6rem", hide: "medium", cell: (row) => formatCount(row.messages_unacknowledged ?? 0) },
];

/** How many there are, and how many there may be if that is limited. */
function filled({ limits = {} }: VhostRow, count = 0, limit: string): string {
  const most = limitOf(limits, limit);
  return most === null ? formatCount(count) : `${formatCount(count)} of ${formatCount(most)}`;
}

export function VhostsPage({ workspace }: PageProps) {
  const { vhosts, identity, vhost: here } = workspace;
  const { administration } = identity.rights;
  useFeed(vhosts);
  const view = useListView(vhosts, { columns: ORDERS, textOf: (row) => [row.name, row.description, ...(row.tags ?? [])].join(" ") });
  const shown = view.shown.value.length;
  const all = vhosts.names.value.length;
  return (
    <div class="page fill" data-stale={useStale(vhosts)}>
      <PageHead title="Vhosts">
        {administration && (
          <button type="button" class="primary" data-testid="create-vhost" onClick={() => setQuery({ create: "1" })}>
            <Icon name="plus" />
            <span>
              New<span class="visually-hidden"> vhost</span>
            </span>
          </button>
        )}
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search by name or description" value={view.filter} testId="vhost-filter" />
        <PolledFreshness list={vhosts} />
        <p class="count muted" data-testid="vhost-count">
          {vhosts.updated.value && `${shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`} ${all === 1 ? "vhost" : "vhosts"}`}
        </p>
      </div>
      {vhosts.failure.value && !vhosts.updated.value && <FailureText failure={vhosts.failure.value} testId="vhosts-error" />}
      <VirtualTable
        label="Vhosts"
        feed={vhosts}
        view={view}
        columns={COLUMNS}
        testId="vhost"
        href={(row) => href(["vhosts", row.name])}
        tags={(row) => row.name === here && <span class="tag">here</span>}
        {...(administration && {
          actions: (row: VhostRow) => <DeleteVhostButton workspace={workspace} row={row} />,
          actionsWidth: "3rem",
          onDelete: (row: VhostRow) => void askToDeleteVhost(workspace, row),
        })}
        empty={<Empty workspace={workspace} />}
      />
      {administration && queryValue("create") !== "" && (
        <CreateVhost
          workspace={workspace}
          onClose={() => setQuery({ create: null })}
          onDone={(name) => navigate(href(["vhosts", name]), { replace: true })}
        />
      )}
    </div>
  );
}

function Empty({ workspace: { vhosts } }: { workspace: Workspace }) {
  if (vhosts.updated.value) {
    return (
      <EmptyState title="No vhost is like this." testId="vhosts-empty">
        Search for another part of a name or description.
      </EmptyState>
    );
  }
  const failed = vhosts.failure.value !== null;
  return <EmptyState title={failed ? "The vhosts could not be read." : "Loading the vhosts."} testId="vhosts-empty" />;
}
