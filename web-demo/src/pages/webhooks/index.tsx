// The webhooks of the vhost: where events are posted to, and whether they arrive.

import { useSignal, useSignalEffect } from "@preact/signals";
import { labelOfWebhook, sinkText, type WebhookRow } from "../../api/webhooks.ts";
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
import { VirtualTable } from "../../parts/virtual-table.tsx";
import { href, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { COLUMNS, ORDERS } from "./columns.tsx";
import { WebhookForm } from "./form.tsx";
import { askToDeleteWebhook, DeleteWebhookButton } from "./removal.tsx";
import { passesState, STATE_FILTERS } from "./states.tsx";
import "../../style/webhooks.css";

export function WebhooksPage({ workspace }: PageProps) {
  const { webhooks } = workspace;
  useFeed(webhooks);
  const view = useListView(webhooks, { columns: ORDERS, textOf: searched });
  const state = useSignal(STATE_FILTERS.find(({ name }) => name === queryValue("state"))?.name ?? "all");
  useSignalEffect(() => {
    view.only.value = passesState(state.value);
    setQuery({ state: state.value === "all" ? null : state.value });
  });
  return (
    <div class="page fill" data-stale={useStale(webhooks)}>
      <PageHead title="Webhooks">
        <button type="button" class="primary" data-testid="create-webhook" onClick={() => setQuery({ create: "1" })}>
          <Icon name="plus" />
          <span>
            New<span class="visually-hidden"> webhook</span>
          </span>
        </button>
      </PageHead>
      <div class="list-tools">
        <SearchField label="Search by endpoint, source or id" value={view.filter} testId="webhook-filter" />
        <label class="choice-field">
          <span>State</span>
          <select data-testid="webhook-state-filter" value={state} onChange={(event) => (state.value = event.currentTarget.value)}>
            {STATE_FILTERS.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <PolledFreshness list={webhooks} />
        <p class="count muted" data-testid="webhook-count">
          {webhooks.updated.value && <Count shown={view.shown.value.length} all={webhooks.names.value.length} />}
        </p>
      </div>
      {webhooks.failure.value && !webhooks.updated.value && <FailureText failure={webhooks.failure.value} testId="webhooks-error" />}
      <VirtualTable
        label="Webhooks"
        feed={webhooks}
        view={view}
        columns={COLUMNS}
        testId="webhook"
        nameLabel="Endpoint"
        nameOf={nameOf}
        href={(row) => href(["webhooks", row.id])}
        actions={(row) => <DeleteWebhookButton workspace={workspace} row={row} />}
        actionsWidth="3rem"
        onDelete={(row) => void askToDeleteWebhook(workspace, row)}
        empty={<Empty workspace={workspace} filtered={view.filter.value !== "" || state.value !== "all"} />}
      />
      {queryValue("create") !== "" && <WebhookForm workspace={workspace} webhook={null} onClose={() => setQuery({ create: null })} />}
    </div>
  );
}

function searched(row: WebhookRow): string {
  return [row.config.description, row.sink, row.source, row.id].join(" ");
}

/** What somebody wrote about it, with where it goes; else that alone. */
function nameOf(row: WebhookRow) {
  if (!row.config.description) return sinkText(row.sink);
  return (
    <>
      {labelOfWebhook(row)} <span class="beside-name">{sinkText(row.sink)}</span>
    </>
  );
}

function Count({ shown, all }: { shown: number; all: number }) {
  const number = shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`;
  return (
    <>
      {number} {all === 1 ? "webhook" : "webhooks"}
    </>
  );
}

function Empty({ workspace, filtered }: { workspace: Workspace; filtered: boolean }) {
  const { webhooks } = workspace;
  if (!webhooks.updated.value) {
    const failed = webhooks.failure.value !== null;
    return <EmptyState title={failed ? "The webhooks could not be read." : "Loading the webhooks."} testId="webhooks-empty" />;
  }
  if (filtered) {
    return (
      <EmptyState title="No webhook is like this." testId="webhooks-empty">
        Search for another part of an endpoint, or choose another state.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No webhooks yet." testId="webhooks-empty">
      A webhook posts every event of a source to a URL, signed, and again until it arrives. Create one, or{" "}
      <code>POST /api/subscriptions</code>.
    </EmptyState>
  );
}
