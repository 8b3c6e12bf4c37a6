// The inbound hooks of the vhost: addresses that other people's webhooks are sent to.

import { base } from "../../api/base.ts";
import type { HookRow } from "../../api/hooks.ts";
import { addressOf } from "../../live/hooks/schemes.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Ago } from "../../parts/ago.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
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
import { HookForm } from "./form.tsx";
import { askToDeleteHook } from "./removal.tsx";
import "../../style/webhooks.css";

const ORDERS: Record<string, (row: HookRow) => number | string> = {
  scheme: (row) => row.verification.scheme,
  destination: (row) => row.destination,
  accepted: (row) => row.status.accepted,
  duplicates: (row) => row.status.duplicates,
  refused: (row) => row.status.refused,
  last: (row) => row.status.last_request ?? "",
};

const COLUMNS: readonly Column<HookRow>[] = [
  { key: "scheme", label: "Scheme", kind: "text", width: "6rem", hide: "narrow", cell: (row) => row.verification.scheme },
  { key: "destination", label: "Destination", kind: "text", width: "11rem", hide: "narrow", cell: (row) => <span title={row.destination}>{row.destination}</span> },
  { key: "address", label: "Address", kind: "plain", width: "12.5rem", hide: "medium", cell: (row) => <code title={addressOf(row, base())}>{row.url}</code> },
  { key: "accepted", label: "Accepted", kind: "number", width: "6rem", cell: (row) => formatCount(row.status.accepted) },
  { key: "duplicates", label: "Duplicates", kind: "number", width: "6.25rem", hide: "medium", cell: (row) => formatCount(row.status.duplicates) },
  { key: "refused", label: "Refused", kind: "number", width: "5.5rem", hide: "narrow", cell: (row) => formatCount(row.status.refused) },
  { key: "last", label: "Last request", kind: "text", width: "7rem", hide: "narrow", cell: (row) => <Ago time={row.status.last_request} /> },
];

export function HooksPage({ workspace }: PageProps) {
  const { hooks, vhost } = workspace;
  useFeed(hooks);
  const view = useListView(hooks, { columns: ORDERS, textOf: (row) => [row.name, row.description, row.destination].join(" ") });
  const shown = view.shown.value.length;
  const all = hooks.names.value.length;
  return (
    <div class="page fill" data-stale={useStale(hooks)}>
      <PageHead title="Inbound hooks">
        <button type="button" class="primary" data-testid="create-hook" onClick={() => setQuery({ create: "1" })}>
          <Icon name="plus" />
          <span>
            New<span class="visually-hidden"> inbound hook</span>
          </span>
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search by name or destination" value={view.filter} testId="hook-filter" />
        <PolledFreshness list={hooks} />
        <p class="count muted" data-testid="hook-count">
          {hooks.updated.value && `${shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`} ${all === 1 ? "hook" : "hooks"}`}
        </p>
      </div>
      {hooks.failure.value && !hooks.updated.value && <FailureText failure={hooks.failure.value} testId="hooks-error" />}
      <VirtualTable
        label="Inbound hooks"
        feed={hooks}
        view={view}
        columns={COLUMNS}
        testId="hook"
        nameOf={nameOf}
        href={(row) => href(["hooks", vhost, row.name])}
        actions={(row) => <Actions workspace={workspace} row={row} />}
        actionsWidth="4.75rem"
        onDelete={(row) => void askToDeleteHook(workspace, row)}
        empty={<Empty workspace={workspace} filtered={view.filter.value !== ""} />}
      />
      {queryValue("create") !== "" && (
        <HookForm
          workspace={workspace}
          hook={null}
          onClose={() => setQuery({ create: null })}
          onDone={(name) => navigate(href(["hooks", vhost, name]), { replace: true })}
        />
      )}
    </div>
  );
}

function nameOf(row: HookRow) {
  return (
    <>
      {row.name} {row.description && <span class="beside-name">{row.description}</span>}
    </>
  );
}

function Actions({ workspace, row }: { workspace: Workspace; row: HookRow }) {
  return (
    <>
      <CopyButton iconOnly text={addressOf(row, base())} what={`the address of ${row.name}`} testId="copy-hook-address" />
      <button
        type="button"
        class="plain danger icon-only"
        data-testid="delete-hook"
        aria-label={`Delete the hook ${row.name}`}
        title="Delete"
        onClick={() => void askToDeleteHook(workspace, row)}
      >
        <Icon name="trash" />
      </button>
    </>
  );
}

function Empty({ workspace, filtered }: { workspace: Workspace; filtered: boolean }) {
  const { hooks } = workspace;
  if (!hooks.updated.value) {
    const failed = hooks.failure.value !== null;
    return <EmptyState title={failed ? "The hooks could not be read." : "Loading the hooks."} testId="hooks-empty" />;
  }
  if (filtered) {
    return (
      <EmptyState title="No hook is like this." testId="hooks-empty">
        Search for another part of a name or destination.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No inbound hooks yet." testId="hooks-empty">
      A hook is an address for other people's webhooks, of GitHub or Stripe for example: it verifies what comes, drops what came before, and
      publishes the rest as events.
    </EmptyState>
  );
}
