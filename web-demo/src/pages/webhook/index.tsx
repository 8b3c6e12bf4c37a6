// One webhook: how it is doing, every attempt of it, what it is set to, and what can be done with it.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { labelOfWebhook, type WebhookRow } from "../../api/webhooks.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { href, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { WebhookForm } from "../webhooks/form.tsx";
import { WebhookActions } from "./actions.tsx";
import { Attempts } from "./attempts.tsx";
import { Figures } from "./figures.tsx";
import { Health } from "./health.tsx";
import { ReceiverExamples } from "./receiver-examples.tsx";
import { ReplayDialog, type ReplayStart } from "./replay.tsx";
import { WebhookSettings } from "./settings.tsx";
import "../../style/objects.css";
import "../../style/playground.css";
import "../../style/webhooks.css";

export function WebhookPage({ workspace, params }: PageProps) {
  const { webhooks } = workspace;
  useFeed(webhooks);
  const id = params["id"] ?? "";
  const row = webhooks.row(id);
  if (row) return <WebhookView workspace={workspace} row={row} />;
  const { updated, failure } = webhooks;
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{id}</span>} trail={<Trail workspace={workspace} />} />
      {failure.value && <FailureText failure={failure.value} testId="webhooks-error" />}
      {updated.value ? (
        <EmptyState title="There is no such webhook." testId="webhook-gone">
          It was deleted, or is of another vhost. <a href={href(["webhooks"])}>See all webhooks</a>.
        </EmptyState>
      ) : (
        !failure.value && <EmptyState title="Loading the webhook." testId="webhook-loading" />
      )}
    </div>
  );
}

const TABS: readonly Tab[] = [
  { name: "attempts", label: "Attempts" },
  { name: "settings", label: "Settings" },
  { name: "receiver", label: "Receiver" },
];

function WebhookView({ workspace, row }: { workspace: Workspace; row: WebhookRow }) {
  const chosen = TABS.find(({ name }) => name === queryValue("tab"))?.name ?? "attempts";
  const replay = useSignal<ReplayStart | null>(null);
  return (
    <div class="page" data-stale={useStale(workspace.webhooks)}>
      <PageHead title={<Title row={row} />} trail={<Trail workspace={workspace} />}>
        <WebhookActions workspace={workspace} row={row} onReplay={(start) => (replay.value = start)} />
      </PageHead>
      <Health workspace={workspace} row={row} />
      <Figures row={row} />
      <Tabs
        label="More of this webhook"
        tabs={TABS}
        current={chosen}
        onChoose={(tab) => setQuery({ tab: tab === "attempts" ? null : tab })}
      >
        <Panel workspace={workspace} row={row} tab={chosen} onReplay={(start) => (replay.value = start)} />
      </Tabs>
      {queryValue("edit") === "1" && <WebhookForm workspace={workspace} webhook={row} onClose={() => setQuery({ edit: null })} />}
      {replay.value && <ReplayDialog workspace={workspace} row={row} start={replay.value} onClose={() => (replay.value = null)} />}
    </div>
  );
}

interface PanelProps {
  workspace: Workspace;
  row: WebhookRow;
  tab: string;
  onReplay: (start: ReplayStart) => void;
}

function Panel({ workspace, row, tab, onReplay }: PanelProps): ComponentChildren {
  if (tab === "settings") return <WebhookSettings row={row} />;
  if (tab === "receiver") return <ReceiverExamples row={row} />;
  return <Attempts workspace={workspace} row={row} onReplay={onReplay} />;
}

function Title({ row }: { row: WebhookRow }) {
  return (
    <>
      <span class="visually-hidden">Webhook </span>
      <span class="object-name">{labelOfWebhook(row)}</span>
    </>
  );
}

function Trail({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <a href={href(["webhooks"])}>Webhooks</a>
      <PolledFreshness list={workspace.webhooks} />
    </>
  );
}
