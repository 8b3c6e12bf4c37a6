import type { ReadonlySignal } from "@preact/signals";
import type { Link } from "../live/connection.ts";
import type { Workspace } from "../live/session.ts";
import { Overview } from "./overview.tsx";
import { PublishPanel } from "./publish-panel.tsx";
import { QueuePanel } from "./queue-panel.tsx";
import { SubscribePanel } from "./subscribe-panel.tsx";

export function WorkspaceView({ workspace, link }: { workspace: Workspace; link: ReadonlySignal<Link> }) {
  return (
    <div class="workspace">
      <div class="watch">
        <Overview feed={workspace.feed} link={link} />
        <QueuePanel key={workspace} workspace={workspace} link={link} />
      </div>
      <div class="work">
        <PublishPanel workspace={workspace} />
        <SubscribePanel workspace={workspace} />
      </div>
    </div>
  );
}
