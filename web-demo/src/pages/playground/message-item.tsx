import { Component } from "preact";
import { useMemo } from "preact/hooks";
import { readBody } from "../../live/body.ts";
import type { Inbox, Received, Settlement, Shown } from "../../live/playground/inbox.ts";
import { formatCount, formatMoment, formatTime } from "../../parts/format.ts";

interface Props {
  /** Where it was subscribed to; a message from elsewhere says from where. */
  destination: string;
  received: Received;
  /** What settles it, where somebody has to. */
  inbox?: Inbox;
}

/** Drawn once, and again only when its settlement changes: the list above it grows many times a second. */
export class MessageItem extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.received !== this.props.received;
  }

  override render({ destination, inbox, received }: Props) {
    const { message, number, settlement } = received;
    const at = publishedAt(message) ?? received.at;
    return (
      <li data-testid="message" data-settlement={settlement}>
        <p class="message-head">
          <span class="number">#{formatCount(number)}</span>
          {message.offset !== undefined && <span class="tag" data-testid="message-offset">offset {formatCount(message.offset)}</span>}
          <time dateTime={at.toISOString()}>{message.offset === undefined ? formatTime(at) : formatMoment(at)}</time>
          {message.destination !== destination && <span class="from">{message.destination}</span>}
          {message.redelivered && <span class="tag">{redeliveredText(message.deliveryCount)}</span>}
          {inbox && <Answer inbox={inbox} received={received} />}
        </p>
        <BodyText received={received} />
        <HeaderList headers={message.headers} />
      </li>
    );
  }
}

/** What comes from a stream may be old: it says when it was published. */
function publishedAt({ offset, headers }: Shown): Date | null {
  const published = Number(headers["timestamp"]);
  return offset !== undefined && published > 0 ? new Date(published) : null;
}

const SETTLED: Record<Exclude<Settlement, "none" | "pending">, string> = {
  acked: "acked",
  nacked: "nacked",
  returned: "returned to the queue when the connection was lost",
};

function redeliveredText(deliveryCount: number | undefined): string {
  return deliveryCount === undefined ? "redelivered" : `redelivered, delivery ${deliveryCount}`;
}

function Answer({ inbox, received }: { inbox: Inbox; received: Received }) {
  const { settlement, number } = received;
  if (settlement === "none") return null;
  if (settlement !== "pending") return <span class="tag">{SETTLED[settlement]}</span>;
  const upTo = inbox.options.ack === "client" ? " up to here" : "";
  const which = <span class="visually-hidden"> message {number}</span>;
  return (
    <span class="answers">
      <button type="button" class="small" data-testid="message-ack" onClick={() => inbox.ack(received)}>
        Ack{upTo}
        {which}
      </button>
      <button type="button" class="small" data-testid="message-nack" onClick={() => inbox.nack(received, true)}>
        Nack{upTo}, requeue
        {which}
      </button>
      <button type="button" class="small" data-testid="message-drop" onClick={() => inbox.nack(received, false)}>
        Nack{upTo}
        {which}
      </button>
    </span>
  );
}

function BodyText({ received }: { received: Received }) {
  const body = useMemo(() => readBody(received.message.bytes), [received.message]);
  if (body.kind === "empty") return <p class="muted none">Empty body</p>;
  return (
    <>
      <pre data-testid="message-body" data-kind={body.kind}>
        {body.text}
      </pre>
      {body.rest && <p class="muted none">{body.rest}</p>}
    </>
  );
}

function HeaderList({ headers }: { headers: Readonly<Record<string, string>> }) {
  const entries = Object.entries(headers);
  return (
    <details>
      <summary data-testid="message-headers">{entries.length} headers</summary>
      <dl class="headers">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
