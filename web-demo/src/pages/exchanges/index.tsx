// All exchanges: how each routes, and how much goes through it.

import type { Workspace } from "../../live/workspace.ts";
import { inRate, outRate, pathName, type ExchangeRow } from "../../api/exchanges.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatRate } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useListView } from "../../parts/use-list-view.ts";
import { type Column, VirtualTable } from "../../parts/virtual-table.tsx";
import { href, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { CreateExchange } from "./create-exchange.tsx";
import { askToDeleteExchange, DeleteExchangeButton } from "./removal.tsx";
import { ExchangeName, ExchangeTags } from "./tags.tsx";

const ORDERS = {
  type: (row: ExchangeRow) => row.type,
  in: inRate,
  out: outRate,
  published: (row: ExchangeRow) => row.message_stats?.publish_in ?? 0,
};

const COLUMNS: readonly Column<ExchangeRow>[] = [
  { key: "type", label: "Type", kind: "text", width: "6rem", cell: (row) => row.type },
  { key: "in", label: "In/s", kind: "number", width: "6rem", cell: (row) => formatRate(inRate(row)) },
  { key: "out", label: "Out/s", kind: "number", width: "6rem", cell: (row) => formatRate(outRate(row)) },
  {
    key: "published",
    label: "Published",
    kind: "number",
    width: "8rem",
    hide: "narrow",
    cell: (row) => formatCount(row.message_stats?.publish_in ?? 0),
  },
  {
    key: "history",
    label: "In, 60 s",
    kind: "plain",
    width: "6.5rem",
    hide: "medium",
    cell: (row, feed) => <Sparkline feed={feed} name={row.name} />,
  },
];

export function ExchangesPage({ workspace }: PageProps) {
  const { exchanges, vhost } = workspace;
  useFeed(exchanges);
  const view = useListView(exchanges, { columns: ORDERS });
  const creating = queryValue("create") === "1";
  const shown = view.shown.value.length;
  const all = exchanges.names.value.length;
  return (
    <div class="page fill">
      <PageHead title="Exchanges">
        <button type="button" class="primary" data-testid="create-exchange" onClick={() => setQuery({ create: "1" })}>
          <Icon name="plus" />
          New exchange
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search exchanges by name" value={view.filter} testId="exchange-filter" />
        <p class="count muted" data-testid="exchange-count">
          {shown === all ? `${formatCount(all)} exchanges` : `${formatCount(shown)} of ${formatCount(all)} exchanges`}
        </p>
        <Freshness workspace={workspace} />
      </div>
      {exchanges.failure.value && <FailureText failure={exchanges.failure.value} testId="feed-error" />}
      <VirtualTable
        label="Exchanges"
        feed={exchanges}
        view={view}
        columns={COLUMNS}
        testId="exchange"
        href={(row) => href(["exchanges", vhost, pathName(row.name)])}
        nameOf={(row) => <ExchangeName name={row.name} />}
        tags={(row) => <ExchangeTags row={row} />}
        actions={(row) => <DeleteExchangeButton workspace={workspace} row={row} />}
        actionsWidth="3rem"
        onDelete={(row) => void askToDeleteExchange(workspace, row)}
        empty={<Empty workspace={workspace} />}
      />
      {creating && <CreateExchange workspace={workspace} onClose={() => setQuery({ create: null })} />}
    </div>
  );
}

function Empty({ workspace }: { workspace: Workspace }) {
  const { exchanges } = workspace;
  if (exchanges.updated.value) {
    return (
      <EmptyState title="No exchange is like this." testId="exchanges-empty">
        Search for another part of a name.
      </EmptyState>
    );
  }
  const failed = exchanges.failure.value !== null;
  return <EmptyState title={failed ? "The exchanges could not be read." : "Loading the exchanges."} testId="exchanges-empty" />;
}
