// One vhost: how much is in it, who may do what there, and its limits.

import { useComputed } from "@preact/signals";
import type { VhostRow } from "../../api/vhosts.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
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
import { Grants } from "../grants/grants.tsx";
import { askToDeleteVhost } from "../vhosts/removal.tsx";
import { EditVhost } from "./edit-vhost.tsx";
import { VhostLimits } from "./limits.tsx";
import "../../style/access.css";
import "../../style/objects.css";
import "../../style/webhooks.css";

export function VhostPage({ workspace, params }: PageProps) {
  const { vhosts } = workspace;
  useFeed(vhosts);
  const name = params["name"] ?? "";
  const row = vhosts.row(name);
  if (row) return <VhostView workspace={workspace} row={row} />;
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail workspace={workspace} />} />
      <Missing workspace={workspace} />
    </div>
  );
}

function VhostView({ workspace, row }: { workspace: Workspace; row: VhostRow }) {
  const { administration } = workspace.identity.rights;
  return (
    <div class="page" data-stale={useStale(workspace.vhosts)}>
      <PageHead title={<Title name={row.name} />} trail={<Trail workspace={workspace} />}>
        <WorkHere workspace={workspace} row={row} />
        {administration && (
          <>
            <button type="button" data-testid="edit-vhost" onClick={() => setQuery({ edit: "1" })}>
              <Icon name="edit" />
              Change
            </button>
            <button type="button" class="danger" data-testid="delete-vhost" onClick={() => void deleteAndLeave(workspace, row)}>
              <Icon name="trash" />
              Delete
            </button>
          </>
        )}
      </PageHead>
      <About row={row} />
      <dl class="stats vhost-figures" data-testid="vhost-figures">
        <Stat label="Connections" field="connections" value={formatCount(row.connections ?? 0)} />
        <Stat label="Queues" field="queues" value={formatCount(row.queues ?? 0)} />
        <Stat label="Messages" field="messages" value={formatCount(row.messages ?? 0)} />
        <Stat label="Ready" field="ready" colour="ready" value={formatCount(row.messages_ready ?? 0)} />
        <Stat label="Unacked" field="unacked" colour="unacked" value={formatCount(row.messages_unacknowledged ?? 0)} />
      </dl>
      {administration && <Administration workspace={workspace} row={row} />}
      {administration && queryValue("edit") === "1" && <EditVhost workspace={workspace} row={row} onClose={() => setQuery({ edit: null })} />}
    </div>
  );
}

/** The way into it, or the word that this is it. */
function WorkHere({ workspace: { identity, vhost }, row: { name } }: { workspace: Workspace; row: VhostRow }) {
  if (name === vhost) return <span class="muted">You work in it.</span>;
  if (!identity.vhosts.value.includes(name)) return <span class="muted">You have no permission in it.</span>;
  return (
    <button type="button" data-testid="work-here" onClick={() => identity.exits.switchTo(name)}>
      Work in it
    </button>
  );
}

function About({ row: { description = "", tags = [] } }: { row: VhostRow }) {
  if (description === "" && tags.length === 0) return null;
  return (
    <p data-testid="vhost-about">
      {description}{" "}
      {tags.map((tag) => (
        <span key={tag} class="tag">
          {tag}
        </span>
      ))}
    </p>
  );
}

const TABS: readonly Tab[] = [
  { name: "permissions", label: "Permissions" },
  { name: "topics", label: "Topic permissions" },
  { name: "limits", label: "Limits" },
];

function Administration({ workspace, row }: { workspace: Workspace; row: VhostRow }) {
  useFeed(workspace.users);
  const chosen = useComputed(() => TABS.find(({ name }) => name === queryValue("tab"))?.name ?? "permissions").value;
  const fixed = { vhost: row.name };
  return (
    <Tabs label="More of this vhost" tabs={TABS} current={chosen} onChoose={(tab) => setQuery({ tab: tab === "permissions" ? null : tab })}>
      {chosen === "permissions" && <Grants key="permissions" workspace={workspace} kind="permissions" fixed={fixed} />}
      {chosen === "topics" && <Grants key="topics" workspace={workspace} kind="topic-permissions" fixed={fixed} />}
      {chosen === "limits" && <VhostLimits workspace={workspace} row={row} />}
    </Tabs>
  );
}

function Title({ name }: { name: string }) {
  return (
    <>
      <span class="visually-hidden">Vhost </span>
      <span class="object-name">{name}</span>
    </>
  );
}

function Trail({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <a href={href(["vhosts"])}>Vhosts</a>
      <PolledFreshness list={workspace.vhosts} />
    </>
  );
}

function Missing({ workspace: { vhosts } }: { workspace: Workspace }) {
  if (vhosts.failure.value && !vhosts.updated.value) return <FailureText failure={vhosts.failure.value} testId="vhosts-error" />;
  if (!vhosts.updated.value) return <EmptyState title="Loading the vhost." testId="vhost-loading" />;
  return (
    <EmptyState title="There is no such vhost." testId="vhost-gone">
      It was deleted, or never was. <a href={href(["vhosts"])}>See all vhosts</a>.
    </EmptyState>
  );
}

async function deleteAndLeave(workspace: Workspace, row: VhostRow): Promise<void> {
  if (await askToDeleteVhost(workspace, row)) navigate(href(["vhosts"]));
}
