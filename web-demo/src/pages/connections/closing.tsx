// Closing a connection: a question with a reason, which its client is told.

import { signal } from "@preact/signals";
import { closeConnection, type ConnectionRow } from "../../api/connections.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Asks, and closes. Resolves with whether it was done. */
export async function askToClose(workspace: Workspace, row: ConnectionRow): Promise<boolean> {
  const reason = signal("");
  const done = await ask({
    title: "Close the connection?",
    children: (
      <>
        <p>
          <span class="object-name">{row.name}</span> of {row.user}, with {formatCount(row.subscriptions ?? 0)} subscriptions. What it
          has unacked goes back to its queues. Clients that reconnect by themselves will.
        </p>
        <label class="field">
          <span>Reason, which the client is told</span>
          <input
            autofocus
            autocomplete="off"
            maxLength={200}
            data-testid="close-reason"
            value={reason}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
      </>
    ),
    confirm: "Close the connection",
    cancel: "Leave it open",
    act: () => closeConnection(workspace.api, row.name, reason.peek()),
  });
  if (done) toast(`Closed the connection ${row.name}.`);
  return done;
}

export function CloseConnectionButton({ workspace, row }: { workspace: Workspace; row: ConnectionRow }) {
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="close-connection"
      aria-label={`Close the connection ${row.name}`}
      title="Close"
      onClick={() => void askToClose(workspace, row)}
    >
      <Icon name="close" />
    </button>
  );
}
