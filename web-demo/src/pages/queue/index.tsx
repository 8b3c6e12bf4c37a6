// One queue or stream. Of a queue: its figures, what is in it, who reads it, what is bound to it, and what can be done with it.

import type { ComponentChildren } from "preact";
import { isStream, isSubscriptionQueue, type QueueRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Elsewhere as ElsewhereState } from "../../parts/elsewhere.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { formatCount } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { KindTags } from "../queues/columns.tsx";
import { askToDelete, askToPurge } from "../queues/removal.tsx";
import { StreamView } from "../stream/index.tsx";
import { Bindings } from "./bindings.tsx";
import { QueueCharts } from "./charts.tsx";
import { Consumers } from "./consumers.tsx";
import { Figures } from "./figures.tsx";
import { Messages } from "./messages.tsx";
import { MoveMessages } from "./move.tsx";
import { PublishToQueue } from "./publish.tsx";
import { Settings } from "./settings.tsx";
import "../../style/objects.css";

export function QueuePage({ workspace, params }: PageProps) {
  const name = params["name"] ?? "";
  if (params["vhost"] !== workspace.vhost) return <Elsewhere vhost={params["vhost"] ?? ""} workspace={workspace} />;
  const row = workspace.queues.row(name);
  if (row && isStream(row)) return <StreamView workspace={workspace} row={row} />;
  if (row) return <QueueView workspace={workspace} row={row} />;
  return workspace.queues.complete.value ? <Gone name={name} /> : <Loading name={name} />;
}

const TABS = ["messages", "publish", "consumers", "bindings", "settings"] as const;

type TabName = (typeof TABS)[number];

function QueueView({ workspace, row }: { workspace: Workspace; row: QueueRow }) {
  const chosen = TABS.find((name) => name === queryValue("tab")) ?? "messages";
  const moving = queryValue("move") === "1";
  return (
    <div class="page">
      <PageHead title={<QueueTitle row={row} />} trail={<Trail />}>
        <QueueButtons workspace={workspace} row={row} />
      </PageHead>
      <Freshness workspace={workspace} />
      {!isSubscriptionQueue(row) && <Survival workspace={workspace} row={row} />}
      <Figures row={row} />
      <QueueCharts workspace={workspace} name={row.name} />
      <Tabs
        label="More of this queue"
        tabs={tabsOf(row)}
        current={chosen}
        onChoose={(tab) => setQuery({ tab: tab === "messages" ? null : tab })}
      >
        <Panel workspace={workspace} row={row} tab={chosen} />
      </Tabs>
      {moving && <MoveMessages workspace={workspace} row={row} onClose={() => setQuery({ move: null })} />}
    </div>
  );
}

function tabsOf(row: QueueRow): Tab[] {
  return [
    { name: "messages", label: "Messages" },
    { name: "publish", label: "Publish" },
    { name: "consumers", label: `Consumers (${formatCount(row.consumers)})` },
    { name: "bindings", label: "Bindings" },
    { name: "settings", label: "Settings" },
  ];
}

function Panel({ workspace, row, tab }: { workspace: Workspace; row: QueueRow; tab: TabName }): ComponentChildren {
  switch (tab) {
    case "messages":
      return <Messages workspace={workspace} row={row} />;
    case "publish":
      return <PublishToQueue workspace={workspace} name={row.name} />;
    case "consumers":
      return <Consumers workspace={workspace} name={row.name} />;
    case "bindings":
      return <Bindings workspace={workspace} name={row.name} />;
    case "settings":
      return <Settings row={row} />;
  }
}

function QueueTitle({ row }: { row: QueueRow }) {
  return (
    <>
      <span class="visually-hidden">Queue </span>
      <span class="object-name">{row.name}</span> <KindTags row={row} />
    </>
  );
}

/** What a restart of the gateway leaves of it. */
function Survival({ workspace, row }: { workspace: Workspace; row: QueueRow }) {
  const node = workspace.overview.node.value;
  const isStored = node === null || node.disk_free !== undefined;
  return (
    <p class="muted" data-testid="queue-survival">
      {row.durable ? (isStored ? DURABLE : DURABLE_IN_MEMORY) : TRANSIENT}
    </p>
  );
}

const DURABLE = "Durable: the queue survives a restart of the gateway, and so do its persistent messages; other messages are gone then.";
const DURABLE_IN_MEMORY =
  "Durable: the queue would survive a restart with its persistent messages, but this gateway keeps everything in memory.";
const TRANSIENT = "Transient: a restart of the gateway leaves nothing of the queue, nor of its messages, persistent or not.";

function QueueButtons({ workspace, row }: { workspace: Workspace; row: QueueRow }) {
  const waiting = row.messages_ready + (row.messages_delayed ?? 0);
  return (
    <>
      <button
        type="button"
        data-testid="move-messages"
        disabled={row.messages_ready === 0 || row.exclusive}
        onClick={() => setQuery({ move: "1" })}
      >
        Move messages
      </button>
      <button
        type="button"
        data-testid="purge-queue"
        disabled={waiting === 0 || row.exclusive}
        onClick={() => void askToPurge(workspace, row)}
      >
        <Icon name="purge" />
        Purge
      </button>
      <button type="button" class="danger" data-testid="delete-queue" onClick={() => void deleteAndLeave(workspace, row)}>
        <Icon name="trash" />
        Delete
      </button>
    </>
  );
}

async function deleteAndLeave(workspace: Workspace, row: QueueRow): Promise<void> {
  if (await askToDelete(workspace, row)) navigate(href(["queues"]));
}

function Trail() {
  return <a href={href(["queues"])}>Queues and streams</a>;
}

function Loading({ name }: { name: string }) {
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail />} />
      <EmptyState title="Loading." testId="queue-loading" />
    </div>
  );
}

function Gone({ name }: { name: string }) {
  return (
    <div class="page">
      <PageHead title={<span class="object-name">{name}</span>} trail={<Trail />} />
      <EmptyState title="There is no such queue or stream." testId="queue-gone">
        It was deleted, or went with its last consumer. If it comes back, this page shows it again.{" "}
        <a href={href(["queues"])}>See all queues and streams</a>.
      </EmptyState>
    </div>
  );
}

function Elsewhere({ vhost, workspace }: { vhost: string; workspace: Workspace }) {
  return (
    <div class="page">
      <PageHead title="Another vhost" trail={<Trail />} />
      <ElsewhereState workspace={workspace} vhost={vhost} testId="queue-elsewhere" />
    </div>
  );
}
