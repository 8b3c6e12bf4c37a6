// The connections of a user: how many there are, and sending all of them away.

import { useComputed } from "@preact/signals";
import { closeConnectionsOf } from "../../api/users.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { href } from "../../route/route.ts";

export function UserConnections({ workspace, user }: { workspace: Workspace; user: string }) {
  const { connections, vhost } = workspace;
  useFeed(connections);
  const count = useComputed(() => connections.names.value.filter((name) => connections.peek(name)?.user === user).length).value;
  return (
    <div class="stack">
      <p>
        <span class="numbers" data-testid="user-connections">
          {connections.complete.value ? formatCount(count) : "…"}
        </span>{" "}
        {count === 1 ? "connection" : "connections"} in the vhost <span class="object-name">{vhost}</span>.{" "}
        {count > 0 && <a href={href(["connections"], { filter: user })}>See them</a>}
      </p>
      <div class="actions">
        <button type="button" class="danger" data-testid="close-connections" onClick={() => void askToCloseAll(workspace, user)}>
          <Icon name="close" />
          Close all, in every vhost
        </button>
      </div>
    </div>
  );
}

async function askToCloseAll({ api, identity }: Workspace, user: string): Promise<void> {
  const done = await ask({
    title: <>Close all connections of <span class="object-name">{user}</span>?</>,
    children: (
      <p>
        What they have unacked goes back to its queues. Clients that reconnect by themselves will: to keep them out, change the password or
        the permissions first.
        {user === identity.name && <b> Those of this page are among them, and come back by themselves.</b>}
      </p>
    ),
    confirm: "Close them all",
    cancel: "Leave them open",
    act: () => closeConnectionsOf(api, user),
  });
  if (done) toast(`Closed the connections of ${user}.`);
}
