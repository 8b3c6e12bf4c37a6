// What waits in a queue, looked at without taking it.

import { useSignal } from "@preact/signals";
import { getMessages, type Seen } from "../../api/messages.ts";
import type { QueueRow } from "../../api/queues.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatTime } from "../../parts/format.ts";
import { SeenItem } from "../messages/seen-item.tsx";

/** Messages for each press of the button; the API shows at most a thousand. */
const STEP = 20;
const MOST = 1_000;
/** Octets of each body: enough to read, little enough for a thousand. */
const SHOWN_OCTETS = 16_384;

export function Messages({ workspace, row }: { workspace: Workspace; row: QueueRow }) {
  const { api, vhost } = workspace;
  const seen = useSignal<readonly Seen[] | null>(null);
  const at = useSignal<Date | null>(null);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  async function look(count: number): Promise<void> {
    busy.value = true;
    try {
      seen.value = await getMessages(api, vhost, row.name, { count: Math.min(count, MOST), truncate: SHOWN_OCTETS });
      at.value = new Date();
      failure.value = null;
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  if (row.exclusive) {
    return (
      <EmptyState title="This queue belongs to a connection." testId="messages-exclusive">
        Only that connection may look into it.
      </EmptyState>
    );
  }
  const shown = seen.value;
  const more = shown !== null && shown.length > 0 && (shown.at(-1)?.message_count ?? 0) > 0 && shown.length < MOST;
  return (
    <div class="stack">
      <div class="list-tools">
        <button type="button" class="primary" data-testid="look" disabled={busy} onClick={() => void look(STEP)}>
          {shown ? "Look again" : "Look at messages"}
        </button>
        <p class="muted" data-testid="look-note">
          {at.value && shown ? noteOf(shown.length, at.value) : "Shows what waits at the head of the queue. Messages stay there as they are."}
        </p>
      </div>
      {failure.value && <FailureText failure={failure.value} testId="look-error" />}
      {shown && shown.length === 0 && <EmptyState title="Nothing waits in this queue." testId="messages-empty" />}
      {shown && shown.length > 0 && (
        <ol class="seen-list" data-testid="messages">
          {shown.map((message, index) => (
            <SeenItem
              key={index}
              message={message}
              place={formatCount(index + 1)}
              name={`message ${index + 1}`}
              time={message.properties.timestamp}
              shownOctets={SHOWN_OCTETS}
            />
          ))}
        </ol>
      )}
      {more && (
        <button type="button" data-testid="look-more" disabled={busy} onClick={() => void look(shown.length + STEP)}>
          {formatCount(Math.min(STEP, MOST - shown.length))} more
        </button>
      )}
    </div>
  );
}

function noteOf(count: number, at: Date): string {
  return count === 0 ? `Looked at ${formatTime(at)}.` : `The first ${formatCount(count)} that waited at ${formatTime(at)}.`;
}
