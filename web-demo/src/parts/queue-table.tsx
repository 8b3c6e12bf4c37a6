import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Feed } from "../live/feed.ts";
import type { Column, QueueView } from "../live/queue-view.ts";
import { QueueRow } from "./queue-row.tsx";
import { useRowWindow } from "./row-window.ts";

const COLUMNS: [column: Column, label: string][] = [
  ["name", "Name"],
  ["ready", "Ready"],
  ["unacked", "Unacked"],
  ["total", "Total"],
  ["consumers", "Consumers"],
  ["publish", "Publish/s"],
  ["deliver", "Deliver/s"],
  ["ack", "Ack/s"],
];
/** With the sparkline and the delete button. */
const CELLS = COLUMNS.length + 2;

interface Props {
  feed: Feed;
  view: QueueView;
  onDelete: (name: string) => void;
}

export function QueueTable({ feed, view, onDelete }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { names } = view.shown.value;
  const rows = useRowWindow(box, names.length);
  return (
    <div
      class="table-box"
      ref={box}
      role="region"
      aria-label="Table of queues"
      tabIndex={0}
      onScroll={rows.follow}
    >
      <table aria-rowcount={names.length + 1}>
        <Head view={view} />
        <Body view={view}>
          <Spacer height={rows.above} />
          {names.slice(rows.from, rows.to).map((name, index) => (
            <QueueRow key={name} feed={feed} name={name} index={rows.from + index + 2} onDelete={onDelete} />
          ))}
          <Spacer height={rows.below} />
          {names.length === 0 && <Empty feed={feed} view={view} />}
        </Body>
      </table>
    </div>
  );
}

function Head({ view }: { view: QueueView }) {
  const { column: current, descending } = view.order.value;
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(([column, label]) => (
          <th
            key={column}
            scope="col"
            class={column === "name" ? "name" : "number"}
            data-column={column}
            aria-sort={column === current ? (descending ? "descending" : "ascending") : undefined}
          >
            <button type="button" data-testid={`sort-${column}`} onClick={() => view.sortBy(column)}>
              {label}
            </button>
          </th>
        ))}
        <th scope="col" class="depth">
          Depth, 60 s
        </th>
        <th scope="col">
          <span class="visually-hidden">Delete</span>
        </th>
      </tr>
    </thead>
  );
}

/** Rows keep their places while the pointer or the focus is among them. */
function Body({ view, children }: { view: QueueView; children: preact.ComponentChildren }) {
  const pointed = useSignal(false);
  const focused = useSignal(false);
  const hold = () => (view.held.value = pointed.peek() || focused.peek());
  return (
    <tbody
      onPointerEnter={() => ((pointed.value = true), hold())}
      onPointerLeave={() => ((pointed.value = false), hold())}
      onFocusIn={() => ((focused.value = true), hold())}
      onFocusOut={() => ((focused.value = false), hold())}
    >
      {children}
    </tbody>
  );
}

/** Stands for the rows that are scrolled out of sight and not in the document. */
function Spacer({ height }: { height: number }) {
  if (height === 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td colSpan={CELLS} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Empty({ feed, view }: { feed: Feed; view: QueueView }) {
  const text = useComputed(() => {
    if (!feed.updated.value) return feed.failure.value ? "The queues could not be read." : "Loading the queues.";
    if (view.filter.value.trim() !== "") return "No queue has this in its name.";
    if (view.shown.value.subscriptionQueues > 0) return "No queues besides those of subscriptions.";
    return "No queues yet. Create one above, or publish to /queue/NAME, which declares it.";
  });
  return (
    <tr class="empty">
      <td colSpan={CELLS} data-testid="queues-empty">
        <span>{text}</span>
      </td>
    </tr>
  );
}
