// One inbound hook: its address, what came, and how a sender is set up.

import { useComputed } from "@preact/signals";
import { base } from "../../api/base.ts";
import type { HookRow } from "../../api/hooks.ts";
import { queueOf, streamOf } from "../../live/destinations.ts";
import { addressOf, SCHEME_FACTS } from "../../live/hooks/schemes.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Ago } from "../../parts/ago.tsx";
import { CopyLine } from "../../parts/code-block.tsx";
import { Elsewhere } from "../../parts/elsewhere.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Fact } from "../../parts/fact.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { Stat } from "../../parts/stat.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { HookForm } from "../hooks/form.tsx";
import { askToDeleteHook } from "../hooks/removal.tsx";
import { Requests } from "./requests.tsx";
import { SenderSetUp } from "./sender.tsx";
import { HookSettings } from "./settings.tsx";
import "../../style/objects.css";
import "../../style/playground.css";
import "../../style/webhooks.css";

export function HookPage({ workspace, params }: PageProps) {
  const { hooks } = workspace;
  useFeed(hooks);
  const { vhost = "", name = "" } = params;
  const row = hooks.row(name);
  const { updated, failure } = hooks;
  if (vhost === workspace.vhost && row) return <HookView workspace={workspace} row={row} />;
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail workspace={workspace} />} />
      {vhost !== workspace.vhost ? (
        <Elsewhere workspace={workspace} vhost={vhost} testId="hook-elsewhere" />
      ) : failure.value && !updated.value ? (
        <FailureText failure={failure.value} testId="hooks-error" />
      ) : updated.value ? (
        <EmptyState title="There is no such hook." testId="hook-gone">
          It was deleted. If it comes back, this page shows it again. <a href={href(["hooks"])}>See all inbound hooks</a>.
        </EmptyState>
      ) : (
        <EmptyState title="Loading the hook." testId="hook-loading" />
      )}
    </div>
  );
}

const TABS: readonly Tab[] = [
  { name: "requests", label: "Last requests" },
  { name: "sender", label: "Set up the sender" },
  { name: "settings", label: "Settings" },
];

function HookView({ workspace, row }: { workspace: Workspace; row: HookRow }) {
  const chosen = useComputed(() => TABS.find(({ name }) => name === queryValue("tab"))?.name ?? "requests").value;
  return (
    <div class="page" data-stale={useStale(workspace.hooks)}>
      <PageHead title={<Title row={row} />} trail={<Trail workspace={workspace} />}>
        <button type="button" data-testid="edit-hook" onClick={() => setQuery({ edit: "1" })}>
          <Icon name="edit" />
          Edit
        </button>
        <button type="button" class="danger" data-testid="delete-hook" onClick={() => void deleteAndLeave(workspace, row)}>
          <Icon name="trash" />
          Delete
        </button>
      </PageHead>
      <dl class="health panel" data-testid="hook-facts">
        <Fact name="Address">
          <CopyLine label="the address" text={addressOf(row, base())} testId="hook-address" />
        </Fact>
        <Fact name="To">
          <Destination row={row} />
        </Fact>
        <Fact name="Verification">{SCHEME_FACTS[row.verification.scheme]?.label ?? row.verification.scheme}</Fact>
        <Fact name="Last request">
          <Ago time={row.status.last_request} />
        </Fact>
        {row.description && <Fact name="Description">{row.description}</Fact>}
      </dl>
      <dl class="stats few" data-testid="hook-figures">
        <Stat label="Accepted" field="accepted" value={formatCount(row.status.accepted)} />
        <Stat label="Duplicates" field="duplicates" value={formatCount(row.status.duplicates)} />
        <Stat label="Refused" field="refused" value={formatCount(row.status.refused)} />
      </dl>
      <Tabs label="More of this hook" tabs={TABS} current={chosen} onChoose={(tab) => setQuery({ tab: tab === "requests" ? null : tab })}>
        {chosen === "requests" && <Requests workspace={workspace} row={row} />}
        {chosen === "sender" && <SenderSetUp row={row} />}
        {chosen === "settings" && <HookSettings row={row} />}
      </Tabs>
      {queryValue("edit") === "1" && <HookForm workspace={workspace} hook={row} onClose={() => setQuery({ edit: null })} />}
    </div>
  );
}

function Title({ row }: { row: HookRow }) {
  return (
    <>
      <span class="visually-hidden">Inbound hook </span>
      <span class="object-name">{row.name}</span>
    </>
  );
}

function Destination({ row }: { row: HookRow }) {
  const name = queueOf(row.destination) ?? streamOf(row.destination);
  const text = <code class="object-name">{row.destination}</code>;
  return name === null ? text : <a href={href(["queues", row.vhost, name])}>{text}</a>;
}

async function deleteAndLeave(workspace: Workspace, row: HookRow): Promise<void> {
  if (await askToDeleteHook(workspace, row)) navigate(href(["hooks"]));
}

function Trail({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <a href={href(["hooks"])}>Inbound hooks</a>
      <PolledFreshness list={workspace.hooks} />
    </>
  );
}
