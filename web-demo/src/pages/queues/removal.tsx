// Emptying queues, and deleting queues and streams: what is lost is said before, and what can be had back is offered after.

import type { ComponentChildren } from "preact";
import { bind, fetchQueueBindings } from "../../api/bindings.ts";
import { createQueue, definitionOf, deleteQueue, isStream, purgeQueue, type QueueRow, type StreamRow } from "../../api/queues.ts";
import { tellFailure, toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount, formatOctets } from "../../parts/format.ts";

/** Asks, and deletes. Resolves with whether the queue or stream is gone. */
export async function askToDelete(workspace: Workspace, row: QueueRow): Promise<boolean> {
  const { api, vhost } = workspace;
  const { name } = row;
  const noun = isStream(row) ? "stream" : "queue";
  const empty = isStream(row) ? row.messages_ready === 0 && row.stream.groups.length === 0 : row.messages === 0;
  const bindings = await fetchQueueBindings(api, vhost, name).catch((error: unknown) => {
    tellFailure(`Reading the bindings of ${name}`, error);
    return null;
  });
  if (!bindings) return false;
  const own = bindings.filter(({ source }) => source !== ""); // the default exchange binds by itself
  const done = await ask({
    title: <>Delete {noun} <span class="object-name">{name}</span>?</>,
    children: <Loss workspace={workspace} name={name} bindings={own.length} />,
    confirm: `Delete the ${noun}`,
    cancel: "Keep it",
    ...(empty ? {} : { typed: name }),
    // Messages that came while the question stood are not lost without being counted: the gateway refuses then.
    act: () => deleteQueue(api, vhost, name, { ifEmpty: empty }),
  });
  if (!done) return false;
  const declareAgain = async () => {
    await createQueue(api, vhost, definitionOf(row));
    for (const binding of own) await bind(api, vhost, binding);
  };
  toast(`Deleted ${noun} ${name}.`, empty && !row.exclusive ? declareAgain : undefined);
  return true;
}

/** Asks, and drops what waits in the queue. Resolves with whether it was done. */
export async function askToPurge(workspace: Workspace, row: QueueRow): Promise<boolean> {
  const { api, vhost } = workspace;
  const { name } = row;
  const done = await ask({
    title: <>Purge queue <span class="object-name">{name}</span>?</>,
    children: <Dropped workspace={workspace} name={name} />,
    confirm: "Purge the queue",
    cancel: "Keep them",
    typed: name,
    act: () => purgeQueue(api, vhost, name),
  });
  if (done) toast(`Purged queue ${name}.`);
  return done;
}

function Loss({ workspace, name, bindings }: { workspace: Workspace; name: string; bindings: number }) {
  const row = workspace.queues.row(name);
  if (!row) return <p>It is gone already.</p>;
  const bound = bindings > 0 && (
    <>
      {" "}
      Bindings that go with it: <b>{formatCount(bindings)}</b>.
    </>
  );
  if (isStream(row)) return <StreamLoss row={row}>{bound}</StreamLoss>;
  if (row.messages === 0 && row.consumers === 0) return <p>It is empty, and nobody is subscribed.{bound}</p>;
  return (
    <p>
      Lost with it: <b>{formatCount(row.messages_ready)}</b> ready and <b>{formatCount(row.messages_unacknowledged)}</b>{" "}
      unacked messages. Subscriptions that end: <b>{formatCount(row.consumers)}</b>. Messages cannot be had back.{bound}
    </p>
  );
}

/** Groups that are named; the rest are a number. */
const NAMED = 5;

function StreamLoss({ row, children }: { row: StreamRow; children: ComponentChildren }) {
  const { groups } = row.stream;
  const named = groups.slice(0, NAMED).map(({ name }) => name);
  const more = groups.length > NAMED ? ` and ${formatCount(groups.length - NAMED)} more` : "";
  if (row.messages_ready === 0 && row.consumers === 0 && groups.length === 0) {
    return <p>It keeps nothing, and nobody reads it. A stream of this name that is created later counts from 0 again.{children}</p>;
  }
  return (
    <p>
      Lost with it: <b>{formatCount(row.messages_ready)}</b> messages, {formatOctets(row.message_bytes ?? 0)}. Consumer groups that lose their
      place: <b>{formatCount(groups.length)}</b>
      {groups.length > 0 && <span class="object-name"> ({named.join(", ")}{more})</span>}. Subscriptions that end:{" "}
      <b>{formatCount(row.consumers)}</b>. Messages and offsets cannot be had back.{children}
    </p>
  );
}

function Dropped({ workspace, name }: { workspace: Workspace; name: string }) {
  const row = workspace.queues.row(name);
  if (!row) return <p>The queue is gone already.</p>;
  const dropped = row.messages_ready + (row.messages_delayed ?? 0);
  return (
    <p>
      Dropped for good: <b>{formatCount(dropped)}</b> messages that wait. The{" "}
      <b>{formatCount(row.messages_unacknowledged)}</b> unacked stay with their consumers.
    </p>
  );
}
