// The queues and streams of the vhost.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { isStream, isSubscriptionQueue, type QueueRow } from "../../api/queues.ts";
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
import { columnsFor, ORDERS, QueueTags } from "./columns.tsx";
import { CreateQueue } from "./create-queue.tsx";
import { QueueActions } from "./queue-actions.tsx";
import { askToDelete } from "./removal.tsx";
import { STATES, type StateFilter, stateTest, type TypeFilter, TYPES, typeTest } from "./states.ts";

export function QueuesPage({ workspace }: PageProps) {
  const { queues, vhost } = workspace;
  const view = useListView(queues, { columns: ORDERS });
  const state = useSignal<StateFilter>(readState());
  const type = useSignal<TypeFilter>(readType());
  const withSubscriptions = useSignal(queryValue("subscriptions") === "1");
  useSignalEffect(() => {
    const [passes, isOfType] = [stateTest(state.value), typeTest(type.value)];
    const all = withSubscriptions.value;
    view.only.value = (row) => (all || !isSubscriptionQueue(row)) && isOfType(row) && passes(row);
    const chosen = { type: type.value === "all" ? null : type.value, state: state.value === "all" ? null : state.value };
    setQuery({ ...chosen, subscriptions: all ? "1" : null });
  });
  const creating = queryValue("create");
  return (
    <div class="page fill">
      <PageHead title="Queues and streams">
        <button
          type="button"
          class="primary"
          data-testid="create-queue"
          onClick={() => setQuery({ create: type.peek() === "streams" ? "stream" : "1" })}
        >
          <Icon name="plus" />
          <span>
            New<span class="visually-hidden"> queue or stream</span>
          </span>
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search by name" value={view.filter} testId="queue-filter" />
        <label class="choice-field">
          <span>Type</span>
          <select
            data-testid="queue-type"
            value={type}
            onChange={(event) => (type.value = event.currentTarget.value as TypeFilter)}
          >
            {TYPES.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label class="choice-field">
          <span>State</span>
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
          <Count workspace={workspace} shown={view.shown.value.length} />
        </p>
        <Freshness workspace={workspace} />
      </div>
      {queues.failure.value && <FailureText failure={queues.failure.value} testId="feed-error" />}
      <VirtualTable
        label="Queues and streams"
        feed={queues}
        view={view}
        columns={columnsFor(type.value)}
        testId="queue"
        href={(row) => href(["queues", vhost, row.name])}
        tags={(row) => <QueueTags row={row} />}
        actions={(row) => <QueueActions workspace={workspace} row={row} />}
        actionsWidth="4.75rem"
        onDelete={(row) => void askToDelete(workspace, row)}
        empty={<Empty workspace={workspace} filtered={view.filter.value !== "" || state.value !== "all"} type={type.value} />}
      />
      {creating !== "" && (
        <CreateQueue workspace={workspace} type={creating === "stream" ? "stream" : "classic"} onClose={() => setQuery({ create: null })} />
      )}
    </div>
  );
}

function readState(): StateFilter {
  const text = queryValue("state");
  return STATES.find(({ name }) => name === text)?.name ?? "all";
}

function readType(): TypeFilter {
  const text = queryValue("type");
  return TYPES.find(({ name }) => name === text)?.name ?? "all";
}

function Count({ workspace, shown }: { workspace: Workspace; shown: number }) {
  const { queues } = workspace;
  const withStreams = useComputed(() => queues.names.value.some((name) => isOfStream(queues.peek(name)))).value;
  const all = queues.names.value.length;
  const number = shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`;
  if (!withStreams) return <>{number} queues</>;
  return (
    <>
      {number}
      <span class="visually-hidden"> queues and streams</span>
    </>
  );
}

function isOfStream(row: QueueRow | undefined): boolean {
  return row !== undefined && isStream(row);
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

function Empty({ workspace, filtered, type }: { workspace: Workspace; filtered: boolean; type: TypeFilter }) {
  const { queues } = workspace;
  if (!queues.updated.value) {
    const failed = queues.failure.value !== null;
    return <EmptyState title={failed ? "The queues could not be read." : "Loading the queues."} testId="queues-empty" />;
  }
  if (filtered) {
    return (
      <EmptyState title={`No ${type === "streams" ? "stream" : "queue"} is like this.`} testId="queues-empty">
        Search for another part of a name, or choose another type or state.
      </EmptyState>
    );
  }
  if (type === "streams") {
    return (
      <EmptyState title="No streams yet." testId="queues-empty">
        A stream keeps its messages, to be read again from any offset or time. Create one, or publish to <code>/stream/NAME</code>,
        which declares it.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No queues yet." testId="queues-empty">
      Create one, or publish to <code>/queue/NAME</code>, which declares it.
    </EmptyState>
  );
}
