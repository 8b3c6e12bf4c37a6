import { type Inbox, KEPT_MESSAGES } from "../../live/playground/inbox.ts";
import { parseStart } from "../../live/streams/start.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatMoment, formatRate } from "../../parts/format.ts";
import { MessageItem } from "./message-item.tsx";

/** One subscription: what it is, how fast it flows, and its newest messages. */
export function InboxCard({ inbox, onClose }: { inbox: Inbox; onClose: () => void }) {
  const { destination } = inbox.options;
  const title = `inbox-${inbox.id}`;
  return (
    <section class="panel" aria-labelledby={title} data-testid="subscription" data-destination={destination}>
      <div class="inbox-head">
        <h2 id={title} class="object-name">{destination}</h2>
        {!inbox.failure.value && <Facts inbox={inbox} />}
        <Buttons inbox={inbox} onClose={onClose} />
      </div>
      {inbox.failure.value ? (
        <FailureText failure={inbox.failure.value} testId="subscription-error" />
      ) : (
        <Messages inbox={inbox} />
      )}
    </section>
  );
}

function Facts({ inbox }: { inbox: Inbox }) {
  const { ack, prefetch, start } = inbox.options;
  const mode = prefetch === undefined ? ack : `${ack}, prefetch ${prefetch}`;
  const status = inbox.status.value;
  const granted = inbox.granted.value;
  return (
    <p class="muted facts">
      <span data-testid="subscription-status" data-status={status}>
        {status === "opening" ? "waiting for the gateway" : start === undefined ? mode : `${mode}, from ${startText(start)}`}
      </span>
      <span>
        <span data-testid="subscription-rate">{formatRate(inbox.rate.value)}</span>/s
      </span>
      <span>
        <span data-testid="subscription-count">{formatCount(inbox.count.value)}</span> received
        {granted !== null && <span data-testid="subscription-granted"> of {formatCount(granted)} granted</span>}
      </span>
    </p>
  );
}

function startText(text: string): string {
  const start = parseStart(text);
  if (start?.at === "time") return formatMoment(new Date(start.time));
  return start?.at === "offset" ? `offset ${formatCount(start.offset)}` : `the ${text}`;
}

function Buttons({ inbox, onClose }: { inbox: Inbox; onClose: () => void }) {
  const { destination } = inbox.options;
  if (inbox.failure.value) {
    return (
      <div class="actions">
        <button type="button" data-testid="unsubscribe" onClick={onClose}>
          Dismiss<span class="visually-hidden"> {destination}</span>
        </button>
      </div>
    );
  }
  return (
    <div class="actions">
      {inbox.granted.value !== null && <Grant inbox={inbox} />}
      <button
        type="button"
        data-testid="pause"
        aria-pressed={inbox.paused.value}
        onClick={() => inbox.togglePause()}
      >
        {inbox.paused.value ? "Resume" : "Pause"}
        <span class="visually-hidden"> the list of {destination}</span>
      </button>
      <button type="button" data-testid="clear" onClick={() => inbox.clear()}>
        Clear<span class="visually-hidden"> the list of {destination}</span>
      </button>
      <button type="button" data-testid="unsubscribe" onClick={onClose}>
        Unsubscribe<span class="visually-hidden"> from {destination}</span>
      </button>
    </div>
  );
}

function Grant({ inbox }: { inbox: Inbox }) {
  const more = inbox.options.credit || 1;
  return (
    <button type="button" data-testid="grant" disabled={inbox.status.value !== "open"} onClick={() => inbox.grant(more)}>
      Grant {formatCount(more)}
      <span class="visually-hidden"> more to {inbox.options.destination}</span>
    </button>
  );
}

function Messages({ inbox }: { inbox: Inbox }) {
  const messages = inbox.messages.value;
  if (messages.length === 0) {
    return <p class="muted none">{inbox.paused.value ? "The list is paused." : "No messages to show yet."}</p>;
  }
  return (
    <>
      <ol
        class="messages"
        tabIndex={0}
        aria-label={`Messages of ${inbox.options.destination}, newest first`}
        data-testid="messages"
      >
        {messages.map((received) => (
          <MessageItem key={received.number} destination={inbox.options.destination} inbox={inbox} received={received} />
        ))}
      </ol>
      {inbox.count.value > messages.length && (
        <p class="muted none">
          Showing {formatCount(messages.length)} of {formatCount(inbox.count.value)} received; at most the
          newest {KEPT_MESSAGES} are kept.
        </p>
      )}
    </>
  );
}
