// What can be done with a webhook.

import { useSignal } from "@preact/signals";
import { type Attempt, enableWebhook, type NewSecret, rotateSecret, testWebhook, verifyWebhook, type WebhookRow } from "../../api/webhooks.ts";
import { tellFailure, toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href, navigate, setQuery } from "../../route/route.ts";
import { askToDeleteWebhook } from "../webhooks/removal.tsx";
import { SecretDialog } from "../webhooks/secret-dialog.tsx";
import { AttemptDialog } from "./attempt-dialog.tsx";
import type { ReplayStart } from "./replay.tsx";

interface Props {
  workspace: Workspace;
  row: WebhookRow;
  onReplay: (start: ReplayStart) => void;
}

export function WebhookActions({ workspace, row, onReplay }: Props) {
  const busy = useSignal<string | null>(null);
  const tested = useSignal<Attempt | null>(null);
  const rotated = useSignal<NewSecret | null>(null);
  const { api, webhooks } = workspace;
  const { status, config } = row;
  const disabled = status.state === "disabled";

  /** One at a time: a second press would do it twice. */
  async function run(what: string, act: () => Promise<void>): Promise<void> {
    if (busy.peek() !== null) return;
    busy.value = what;
    try {
      await act();
    } catch (error) {
      tellFailure(what, error);
    } finally {
      busy.value = null;
      void webhooks.refresh();
    }
  }

  const test = () => run("The test", async () => void (tested.value = await testWebhook(api, row.id)));
  const verify = () =>
    run("Verification", async () => {
      await verifyWebhook(api, row.id);
      toast("The endpoint has agreed to be called.");
    });
  const enable = () =>
    run(disabled ? "Enabling" : "Disabling", async () => {
      await enableWebhook(api, row.id, disabled);
      toast(disabled ? "Enabled the webhook." : "Disabled the webhook: messages wait.", disabled ? undefined : () => enableAgain(workspace, row));
    });

  return (
    <>
      <button type="button" class="primary" data-testid="test-webhook" aria-disabled={busy.value !== null} onClick={() => void test()}>
        <Icon name="send" />
        <span class="test-text">{busy.value === "The test" ? "Sending" : "Send a test event"}</span>
      </button>
      <button type="button" data-testid="replay" onClick={() => onReplay({})}>
        <Icon name="retry" />
        Replay
      </button>
      {(config.verification === "required" || status.state === "unverified") && (
        <button type="button" data-testid="verify-webhook" aria-disabled={busy.value !== null} onClick={() => void verify()}>
          <Icon name="question" />
          Verify
        </button>
      )}
      <button type="button" data-testid="edit-webhook" onClick={() => setQuery({ edit: "1" })}>
        <Icon name="edit" />
        Edit
      </button>
      <button type="button" data-testid="enable-webhook" aria-disabled={busy.value !== null} onClick={() => void enable()}>
        <Icon name={disabled ? "play" : "pause"} />
        {disabled ? "Enable" : "Disable"}
      </button>
      {config.signature !== "none" && (
        <button type="button" data-testid="rotate-secret" onClick={() => void askToRotate(workspace, row, (answer) => (rotated.value = answer))}>
          <Icon name="key" />
          Rotate secret
        </button>
      )}
      <button type="button" class="danger" data-testid="delete-webhook" onClick={() => void deleteAndLeave(workspace, row)}>
        <Icon name="trash" />
        Delete
      </button>
      {tested.value && <AttemptDialog title="The test event" attempt={tested.value} onClose={() => (tested.value = null)} />}
      {rotated.value && (
        <SecretDialog
          title="The new secret"
          secret={rotated.value.secret}
          previousUntil={rotated.value.previous_valid_until}
          onClose={() => (rotated.value = null)}
        />
      )}
    </>
  );
}

async function enableAgain({ api, webhooks }: Workspace, row: WebhookRow): Promise<void> {
  await enableWebhook(api, row.id, true);
  void webhooks.refresh();
}

async function askToRotate({ api }: Workspace, row: WebhookRow, tell: (answer: NewSecret) => void): Promise<void> {
  await ask({
    title: "Rotate the secret?",
    children: (
      <p>
        A new secret is made, and shown once. Requests are signed with both for a day, so that receivers can change over without losing any.
      </p>
    ),
    confirm: "Make a new secret",
    cancel: "Keep the old one",
    act: async () => tell(await rotateSecret(api, row.id)),
  });
}

async function deleteAndLeave(workspace: Workspace, row: WebhookRow): Promise<void> {
  if (await askToDeleteWebhook(workspace, row)) navigate(href(["webhooks"]));
}
