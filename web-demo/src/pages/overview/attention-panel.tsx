import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type Concern, concernsOf } from "../../live/attention.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount, formatOctets } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { href } from "../../route/route.ts";

/** Of one size, whatever it says: what stands below it must not jump. */
export function AttentionPanel({ workspace }: { workspace: Workspace }) {
  const { queues, overview, vhost } = workspace;
  const concerns = useComputed(() => {
    void queues.sampled.value;
    return queues.updated.value ? concernsOf(overview.node.value, queues.rows().values()) : null;
  }).value;
  return (
    <section class="panel attention" aria-labelledby="attention-title" data-testid="attention">
      <div class="panel-head">
        <h2 id="attention-title">Needs attention</h2>
      </div>
      {concerns?.length === 0 && (
        <p class="fine numbers" data-testid="attention-none">
          <Icon name="check" />
          Nothing: queues are read, and memory is far from its limit.
        </p>
      )}
      {concerns && concerns.length > 0 && (
        <ul class="concerns">
          {concerns.map((concern) => (
            <Line key={`${concern.kind}-${"queue" in concern ? concern.queue : ""}`} concern={concern} vhost={vhost} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ concern, vhost }: { concern: Concern; vhost: string }) {
  return (
    <li data-kind={concern.kind} data-testid="concern">
      <Icon name="warning" />
      <div>{textOf(concern, vhost)}</div>
    </li>
  );
}

function textOf(concern: Concern, vhost: string): ComponentChildren {
  switch (concern.kind) {
    case "memory-alarm":
      return (
        <>
          <b>Publishers are blocked.</b> Queues hold {octets(concern.used)} of {octets(concern.limit)}. Consume or purge
          messages, or raise <code>limits.memory</code>.
        </>
      );
    case "memory-high":
      return (
        <>
          <b>Memory is near its limit:</b> queues hold {octets(concern.used)} of {octets(concern.limit)}, at which
          publishers are blocked.
        </>
      );
    case "disk-alarm":
      return (
        <>
          <b>The disk is nearly full:</b> {octets(concern.free)} are free.
        </>
      );
    case "files-high":
      return (
        <>
          <b>File descriptors run out:</b> {formatCount(concern.used)} of {formatCount(concern.limit)} are open.
        </>
      );
    case "stopped":
      return (
        <>
          <QueueLink vhost={vhost} name={concern.queue} /> is {concern.state}.
        </>
      );
    case "full":
      return (
        <>
          <QueueLink vhost={vhost} name={concern.queue} /> is full: {formatCount(concern.messages)} of{" "}
          {formatCount(concern.limit)} messages.
        </>
      );
    case "unread":
      return <UnreadText concern={concern} vhost={vhost} />;
  }
}

function UnreadText({ concern, vhost }: { concern: Extract<Concern, { kind: "unread" }>; vhost: string }) {
  const { queues, count, messages } = concern;
  return (
    <>
      <b>
        <a href={href(["queues"], { state: "unread" })}>
          {count === 1 ? "1 queue" : `${formatCount(count)} queues`} without consumers
        </a>
      </b>{" "}
      {count === 1 ? "holds" : "hold"} {formatCount(messages)} {messages === 1 ? "message" : "messages"}:
      <ul class="named">
        {queues.map(({ name, messages }) => (
          <li key={name}>
            <QueueLink vhost={vhost} name={name} />
            <span class="numbers">{formatCount(messages)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function QueueLink({ vhost, name }: { vhost: string; name: string }) {
  return (
    <a class="object-name" href={href(["queues", vhost, name])}>
      {name}
    </a>
  );
}

function octets(value: number | null): string {
  return value === null ? "an unknown amount" : formatOctets(value);
}
