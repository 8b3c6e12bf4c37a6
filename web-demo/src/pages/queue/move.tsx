// Moving what waits in a queue to another one.

import { useSignal } from "@preact/signals";
import { moveMessages } from "../../api/messages.ts";
import { isSubscriptionQueue, type QueueRow } from "../../api/queues.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";

interface Props {
  workspace: Workspace;
  row: QueueRow;
  onClose: () => void;
}

export function MoveMessages({ workspace, row, onClose }: Props) {
  const { api, vhost, queues } = workspace;
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const others = queues.names.value.filter((name) => isTarget(queues.peek(name), row.name));

  async function move(form: FormData): Promise<void> {
    const target = String(form.get("target") ?? "");
    const count = String(form.get("count") ?? "");
    busy.value = true;
    failure.value = null;
    try {
      const moved = await moveMessages(api, vhost, row.name, target, count === "" ? undefined : Number(count));
      toast(`Moved ${formatCount(moved)} messages from ${row.name} to ${target}.`);
      onClose();
    } catch (error) {
      failure.value = failureOf(error);
      busy.value = false;
    }
  }

  return (
    <Dialog title={<>Move messages from <span class="object-name">{row.name}</span></>} testId="move-dialog" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void move(new FormData(event.currentTarget));
        }}
      >
        <p>
          <b>{formatCount(row.messages_ready)}</b> are ready here. They go to the tail of the other queue, in order; the{" "}
          <b>{formatCount(row.messages_unacknowledged)}</b> unacked stay.
        </p>
        <label class="field">
          <span>To queue</span>
          <input name="target" list="move-targets" required autofocus autocomplete="off" spellcheck={false} data-testid="move-target" />
        </label>
        <datalist id="move-targets">
          {others.slice(0, SUGGESTED).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label class="field">
          <span>How many, all if nothing is given</span>
          <input name="count" type="number" min={1} data-testid="move-count" />
        </label>
        {failure.value && <FailureText failure={failure.value} testId="move-error" />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" data-testid="move-submit" disabled={busy}>
            Move the messages
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Names that are offered; any other can be typed. */
const SUGGESTED = 200;

function isTarget(candidate: QueueRow | undefined, from: string): boolean {
  return candidate !== undefined && candidate.name !== from && !isSubscriptionQueue(candidate);
}
