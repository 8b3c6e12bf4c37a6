// Deleting a vhost: everything in it goes, so it is counted and the name has to be typed.

import { deleteVhost, type VhostRow } from "../../api/vhosts.ts";
import { chooseVhost } from "../../live/identity/rights.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Asks, and deletes. Resolves with whether it is gone. */
export async function askToDeleteVhost(workspace: Workspace, row: VhostRow): Promise<boolean> {
  const { api, vhosts, identity, vhost: here } = workspace;
  const { name } = row;
  const elsewhere = chooseVhost(identity.vhosts.peek().filter((one) => one !== name), []);
  const done = await ask({
    title: <>Delete vhost <span class="object-name">{name}</span>?</>,
    children: (
      <p>
        Queues and streams that go with it: <b>{formatCount(row.queues ?? 0)}</b>. Messages: <b>{formatCount(row.messages ?? 0)}</b>. Its exchanges,
        bindings, webhooks, hooks, permissions and limits go too. Connections that end: <b>{formatCount(row.connections ?? 0)}</b>. Nothing of it
        can be had back.
        {name === here && (
          <b> You work in it now{elsewhere === null ? ", and have no other to go on in." : `: you will go on in ${elsewhere}.`}</b>
        )}
      </p>
    ),
    confirm: "Delete the vhost",
    cancel: "Keep it",
    typed: name,
    act: () => deleteVhost(api, name),
  });
  if (!done) return false;
  toast(`Deleted vhost ${name}.`);
  // Otherwise the page notices by itself that its vhost is gone.
  if (name !== here) await Promise.all([vhosts.refresh(), identity.refresh().catch(() => undefined)]);
  return true;
}

export function DeleteVhostButton({ workspace, row }: { workspace: Workspace; row: VhostRow }) {
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="delete-vhost"
      aria-label={`Delete vhost ${row.name}`}
      title="Delete"
      onClick={() => void askToDeleteVhost(workspace, row)}
    >
      <Icon name="trash" />
    </button>
  );
}
