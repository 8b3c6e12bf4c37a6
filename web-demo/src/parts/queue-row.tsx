import { useComputed } from "@preact/signals";
import { ackRate, deliverRate, isSubscriptionQueue, publishRate, type QueueRow as Row } from "../api/queues.ts";
import { choose, chosen } from "../live/destinations.ts";
import type { Feed } from "../live/feed.ts";
import { formatCount, formatRate } from "./format.ts";
import { Sparkline } from "./sparkline.tsx";

interface Props {
  feed: Feed;
  name: string;
  /** Place in the whole table, counted from 1 with the head: rows out of sight are not in the document. */
  index: number;
  onDelete: (name: string) => void;
}

/** Reads its own signal: a second in which only this queue moved draws only this row. */
export function QueueRow({ feed, name, index, onDelete }: Props) {
  const selected = useComputed(() => chosen.value?.queue === name).value;
  const row = feed.row(name)?.value;
  if (!row) return null;
  return (
    <tr
      data-testid="queue-row"
      data-name={name}
      class={selected ? "chosen" : undefined}
      aria-rowindex={index}
      onClick={() => choose(name)}
    >
      <th scope="row" class="name">
        <button type="button" data-testid="select-queue" aria-pressed={selected} title={name}>
          {name}
        </button>
        <Kind row={row} />
      </th>
      <Cell field="ready">{formatCount(row.messages_ready)}</Cell>
      <Cell field="unacked">{formatCount(row.messages_unacknowledged)}</Cell>
      <Cell field="total">{formatCount(row.messages)}</Cell>
      <Cell field="consumers">{formatCount(row.consumers)}</Cell>
      <Cell field="publish">{formatRate(publishRate(row))}</Cell>
      <Cell field="deliver">{formatRate(deliverRate(row))}</Cell>
      <Cell field="ack">{formatRate(ackRate(row))}</Cell>
      <td class="numbers">
        <Sparkline histories={feed.histories} name={name} />
      </td>
      <td>
        <button
          type="button"
          class="plain danger"
          data-testid="delete-queue"
          aria-label={`Delete queue ${name}`}
          onClick={(event) => {
            event.stopPropagation(); // deleting a queue does not select it
            onDelete(name);
          }}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}

function Kind({ row }: { row: Row }) {
  const kind = isSubscriptionQueue(row) ? "subscription" : row.auto_delete ? "auto-delete" : null;
  return kind && <span class="tag">{kind}</span>;
}

/** Zero is the normal case and steps back, so that what holds messages stands out. */
function Cell({ field, children }: { field: string; children: string }) {
  return (
    <td class={children === "0" ? "number numbers zero" : "number numbers"} data-field={field}>
      {children}
    </td>
  );
}
