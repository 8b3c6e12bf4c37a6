// One stream: its figures, its messages from anywhere on, who reads it, what is bound to it, and what it keeps.

import type { ComponentChildren } from "preact";
import type { StreamRow } from "../../api/queues.ts";
import { streamDestination } from "../../live/destinations.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import { Bindings } from "../queue/bindings.tsx";
import { Consumers } from "../queue/consumers.tsx";
import { askToDelete } from "../queues/removal.tsx";
import { StreamCharts } from "./charts.tsx";
import { StreamFigures } from "./figures.tsx";
import { Groups } from "./groups.tsx";
import { PublishToStream } from "./publish.tsx";
import { Replay } from "./replay.tsx";
import { retentionText } from "./retention.ts";
import { StreamSettings } from "./settings.tsx";
import "../../style/objects.css";
import "../../style/stream.css";

const TABS = ["messages", "publish", "groups", "consumers", "bindings", "settings"] as const;

type TabName = (typeof TABS)[number];

export function StreamView({ workspace, row }: { workspace: Workspace; row: StreamRow }) {
  const chosen = TABS.find((name) => name === queryValue("tab")) ?? "messages";
  return (
    <div class="page">
      <PageHead title={<Title row={row} />} trail={<a href={href(["queues"])}>Queues and streams</a>}>
        <button type="button" class="danger" data-testid="delete-queue" onClick={() => void deleteAndLeave(workspace, row)}>
          <Icon name="trash" />
          Delete
        </button>
      </PageHead>
      <Freshness workspace={workspace} />
      <p class="muted" data-testid="stream-retention">
        {retentionText(row.arguments ?? {})} {survivalText(workspace)}
      </p>
      <StreamFigures workspace={workspace} row={row} />
      <StreamCharts workspace={workspace} name={row.name} />
      <Tabs
        label="More of this stream"
        tabs={tabsOf(row)}
        current={chosen}
        onChoose={(tab) => setQuery({ tab: tab === "messages" ? null : tab })}
      >
        <Panel workspace={workspace} row={row} tab={chosen} />
      </Tabs>
    </div>
  );
}

function tabsOf(row: StreamRow): Tab[] {
  return [
    { name: "messages", label: "Messages" },
    { name: "publish", label: "Publish" },
    { name: "groups", label: `Groups (${formatCount(row.stream.groups.length)})` },
    { name: "consumers", label: `Consumers (${formatCount(row.consumers)})` },
    { name: "bindings", label: "Bindings" },
    { name: "settings", label: "Settings" },
  ];
}

function Panel({ workspace, row, tab }: { workspace: Workspace; row: StreamRow; tab: TabName }): ComponentChildren {
  switch (tab) {
    case "messages":
      return <Replay workspace={workspace} row={row} />;
    case "publish":
      return <PublishToStream workspace={workspace} name={row.name} />;
    case "groups":
      return <Groups row={row} />;
    case "consumers":
      return <Consumers workspace={workspace} name={row.name} noun="stream" destination={streamDestination(row.name)} />;
    case "bindings":
      return <Bindings workspace={workspace} name={row.name} />;
    case "settings":
      return <StreamSettings row={row} />;
  }
}

function Title({ row }: { row: StreamRow }) {
  return (
    <>
      <span class="object-name">{row.name}</span> <span class="tag">stream</span>
    </>
  );
}

/** What a restart of the gateway leaves of it. */
function survivalText(workspace: Workspace): string {
  const node = workspace.overview.node.value;
  const isStored = node === null || node.disk_free !== undefined;
  return isStored
    ? "Durable: a restart of the gateway loses none of it."
    : "This gateway keeps everything in memory: a restart leaves nothing of it.";
}

async function deleteAndLeave(workspace: Workspace, row: StreamRow): Promise<void> {
  if (await askToDelete(workspace, row)) navigate(href(["queues"]));
}
