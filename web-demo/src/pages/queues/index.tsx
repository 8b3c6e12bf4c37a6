// The queues of the vhost.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { isSubscriptionQueue, type QueueRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { useListView } from "../../parts/use-list-view.ts";
import { VirtualTable } from "../../parts/virtual-table.tsx";
import { href, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { COLUMNS, ORDERS, QueueTags } from "./columns.tsx";
import { CreateQueue } from "./create-queue.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { askToDelete } from "./removal.tsx";
import { STATES, type StateFilter, stateTest } from "./states.ts";

export function QueuesPage({ workspace }: PageProps) {
  const { queues, vhost } = workspace;
  const view = useListView(queues, { columns: ORDERS });
  const state = useSignal<StateFilter>(readState());
  const withSubscriptions = useSignal(queryValue("subscriptions") === "1");
  useSignalEffect(() => {
    const passes = stateTest(state.value);
    const all = withSubscriptions.value;
    view.only.value = (row) => (all || !isSubscriptionQueue(row)) && passes(row);
    setQuery({ state: state.value === "all" ? null : state.value, subscriptions: all ? "1" : null });
  });
  const creating = queryValue("create") === "1";
  return (
    <div class="page fill">
      <PageHead title="Queues">
        <button type="button" class="primary" data-testid="create-queue" onClick={() => setQuery({ create: "1" })}>
          <Icon name="plus" />
          New queue
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search queues by name" value={view.filter} testId="queue-filter" />
        <label class="choice-field">
          <span>Show</span>
          <select
            data-testid="queue-state"
            value={state}
            onChange={(event) => (state.value = event.currentTarget.value as StateFilter)}
          >
            {STATES.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <SubscriptionQueues workspace={workspace} shown={withSubscriptions} />
        <p class="count muted" data-testid="queue-count">
          <Count shown={view.shown.value.length} all={queues.names.value.length} />
        </p>
        <Freshness workspace={workspace} />
      </div>
      {queues.failure.value && <FailureText failure={queues.failure.value} testId="feed-error" />}
      <VirtualTable
        label="Queues"
        feed={queues}
        view={view}
        columns={COLUMNS}
        testId="queue"
        href={(row) => href(["queues", vhost, row.name])}
        tags={(row) => <QueueTags row={row} />}
        actions={(row) => <QueueActions workspace={workspace} row={row} />}
        actionsWidth="4.75rem"
        onDelete={(row) => void askToDelete(workspace, row)}
        empty={<Empty workspace={workspace} filtered={view.filter.value !== "" || state.value !== "all"} />}
      />
      {creating && <CreateQueue workspace={workspace} onClose={() => setQuery({ create: null })} />}
    </div>
  );
}

function readState(): StateFilter {
  const text = queryValue("state");
  return STATES.find(({ name }) => name === text)?.name ?? "all";
}

function Count({ shown, all }: { shown: number; all: number }) {
  return <>{shown === all ? `${formatCount(all)} queues` : `${formatCount(shown)} of ${formatCount(all)} queues`}</>;
}

/** Topics make a queue for every subscriber; they are looked at only by who looks for them. */
function SubscriptionQueues({ workspace, shown }: { workspace: Workspace; shown: { value: boolean } }) {
  const { queues } = workspace;
  const count = useComputed(() => queues.names.value.filter((name) => isHidden(queues.peek(name))).length).value;
  return (
    <label class="check">
      <input
        type="checkbox"
        data-testid="show-subscription-queues"
        checked={shown.value}
        onChange={(event) => (shown.value = event.currentTarget.checked)}
      />
      <span>
        with those of subscriptions (<span data-testid="subscription-queues">{formatCount(count)}</span>)
      </span>
    </label>
  );
}

function isHidden(row: QueueRow | undefined): boolean {
  return row !== undefined && isSubscriptionQueue(row);
}

function Empty({ workspace, filtered }: { workspace: Workspace; filtered: boolean }) {
  const { queues } = workspace;
  if (!queues.updated.value) {
    const failed = queues.failure.value !== null;
    return <EmptyState title={failed ? "The queues could not be read." : "Loading the queues."} testId="queues-empty" />;
  }
  if (filtered) {
    return (
      <EmptyState title="No queue is like this." testId="queues-empty">
        Search for another part of a name, or show all queues.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No queues yet." testId="queues-empty">
      Create one, or publish to <code>/queue/NAME</code>, which declares it.
    </EmptyState>
  );
}
