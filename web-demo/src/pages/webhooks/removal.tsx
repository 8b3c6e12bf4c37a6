// Deleting webhooks: what is lost is said before.

import { deleteWebhook, labelOfWebhook, type WebhookRow } from "../../api/webhooks.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Asks, and deletes. Resolves with whether it is gone. */
export async function askToDeleteWebhook(workspace: Workspace, row: WebhookRow): Promise<boolean> {
  const { api, webhooks } = workspace;
  const label = labelOfWebhook(row);
  const done = await ask({
    title: <>Delete the webhook <span class="object-name">{label}</span>?</>,
    children: <Loss workspace={workspace} id={row.id} />,
    confirm: "Delete the webhook",
    cancel: "Keep it",
    act: () => deleteWebhook(api, row.id),
  });
  if (!done) return false;
  toast(`Deleted the webhook ${label}.`);
  void webhooks.refresh();
  return true;
}

function Loss({ workspace, id }: { workspace: Workspace; id: string }) {
  const row = workspace.webhooks.row(id);
  if (!row) return <p>It is gone already.</p>;
  const { waiting, retrying, dead } = row.status;
  const ownsQueue = !/^\/(amq\/)?queue\//.test(row.source);
  return (
    <p>
      Nothing is posted to <span class="object-name">{row.sink}</span> any more. Its secret and its attempts are lost
      {ownsQueue ? (
        <>
          , and so are the <b>{formatCount(waiting + retrying)}</b> messages that wait for it and the <b>{formatCount(dead)}</b> dead ones.
        </>
      ) : (
        <>
          , and so are its <b>{formatCount(dead)}</b> dead messages. What waits stays in its queue.
        </>
      )}
    </p>
  );
}

export function DeleteWebhookButton({ workspace, row }: { workspace: Workspace; row: WebhookRow }) {
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="delete-webhook"
      aria-label={`Delete the webhook ${labelOfWebhook(row)}`}
      title="Delete"
      onClick={() => void askToDeleteWebhook(workspace, row)}
    >
      <Icon name="trash" />
    </button>
  );
}
