import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { deleteQueue } from "../api/queues.ts";
import { chosen } from "../live/destinations.ts";
import { type Failure, failureOf } from "../live/failure.ts";
import type { Workspace } from "../live/session.ts";
import { FailureText } from "./failure-text.tsx";
import { formatCount } from "./format.ts";

interface Props {
  workspace: Workspace;
  /** The queue to ask about; null while nothing is asked. */
  name: Signal<string | null>;
  /** The row, and with it the button that had the focus, is about to go. */
  onDeleted: () => void;
}

export function DeleteQueue({ workspace, name, onDeleted }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  const queue = name.value;

  // After the content is there, so that its first button gets the focus. A modal dialog keeps the focus inside,
  // and gives it back to the button it was opened from.
  useEffect(() => {
    if (queue !== null) dialog.current?.showModal();
  }, [queue]);

  async function remove(queue: string): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      await deleteQueue(workspace.api, workspace.account.vhost, queue);
      if (chosen.peek()?.queue === queue) chosen.value = null;
      dialog.current?.close();
      onDeleted();
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby="delete-title"
      data-testid="delete-dialog"
      onClose={() => {
        name.value = null;
        failure.value = null;
      }}
    >
      {queue !== null && (
        <>
          <h2 id="delete-title">
            Delete <span class="queue-name">{queue}</span>?
          </h2>
          <Loss workspace={workspace} queue={queue} />
          {failure.value && <FailureText failure={failure.value} testId="delete-error" />}
          <div class="actions">
            <button type="button" data-testid="delete-cancel" onClick={() => dialog.current?.close()}>
              Keep it
            </button>
            <button
              type="button"
              class="danger"
              data-testid="delete-confirm"
              disabled={busy}
              onClick={() => void remove(queue)}
            >
              Delete the queue
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}

function Loss({ workspace, queue }: { workspace: Workspace; queue: string }) {
  const row = workspace.feed.row(queue)?.value;
  if (!row) return <p>The queue is gone already.</p>;
  return (
    <p>
      Lost with it: {formatCount(row.messages_ready)} ready and {formatCount(row.messages_unacknowledged)}{" "}
      unacked messages. Subscriptions that end: {formatCount(row.consumers)}.
    </p>
  );
}
