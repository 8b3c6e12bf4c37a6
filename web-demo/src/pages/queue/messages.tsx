// What waits in a queue, looked at without taking it.

import { useSignal } from "@preact/signals";
import { getMessages, type Seen } from "../../api/messages.ts";
import type { QueueRow } from "../../api/queues.ts";
import { readBody } from "../../live/body.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { factsOf, octetsOf } from "../../live/seen.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatOctets, formatTime } from "../../parts/format.ts";

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
            <MessageItem key={index} message={message} position={index + 1} />
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

function MessageItem({ message, position }: { message: Seen; position: number }) {
  const body = readBody(octetsOf(message));
  const cut = message.payload_bytes > SHOWN_OCTETS;
  return (
    <li class="seen" data-testid="message">
      <p class="seen-head">
        <b class="numbers">{formatCount(position)}</b>
        <span class="muted">
          {formatOctets(message.payload_bytes)} {message.properties.content_type ?? body.kind}
        </span>
        {message.properties.timestamp !== undefined && (
          <time class="muted" dateTime={new Date(message.properties.timestamp).toISOString()}>
            {new Date(message.properties.timestamp).toLocaleString("en-GB")}
          </time>
        )}
        {message.redelivered && <span class="tag">redelivered</span>}
        {message.properties.delivery_mode === 2 && <span class="tag">persistent</span>}
      </p>
      {body.kind === "empty" ? (
        <p class="muted">No body.</p>
      ) : (
        <pre tabIndex={0} aria-label={`Body of message ${position}`} data-testid="message-body">
          {body.text}
        </pre>
      )}
      {(cut || body.rest) && <p class="muted">{cut ? `Cut: the body has ${formatOctets(message.payload_bytes)}.` : body.rest}</p>}
      <details>
        <summary>Headers and route</summary>
        <dl class="fact-list">{factsOf(message).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}</dl>
      </details>
    </li>
  );
}
