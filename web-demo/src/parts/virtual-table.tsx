// A table of many rows that change: sorted, searched, read with the keyboard, and never drawn beyond what is in sight.

import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import type { ListView } from "../live/list-view.ts";
import type { Rows } from "../live/rows.ts";
import type { Named } from "../live/statistics.ts";
import { navigate } from "../route/route.ts";
import { useRowWindow } from "./row-window.ts";
import { TableHead } from "./table-head.tsx";

export interface Column<Row extends Named> {
  /** Name of its order in the view, and `data-field` of its cells. */
  key: string;
  label: string;
  kind: "text" | "number" | "plain";
  /** A CSS width. A number that grows by a digit must not move the columns. */
  width: string;
  /** Largest first when the head is pressed. Default for numbers; `false` for no order at all. */
  sortable?: boolean;
  /** Left out where names need the room: in windows of at most 90 rem, 75 rem, or 48 rem. */
  hide?: "wide" | "medium" | "narrow";
  cell: (row: Row, feed: Rows<Row>) => ComponentChildren;
}

export interface TableProps<Row extends Named> {
  /** "Queues": what a screen reader calls the table. */
  label: string;
  feed: Rows<Row>;
  view: ListView<Row>;
  /** Head of the first column, which holds the names. */
  nameLabel?: string;
  columns: readonly Column<Row>[];
  /** Prefix of the test ids: `queue` gives `queue-row`. */
  testId: string;
  href: (row: Row) => string;
  /** What is shown for a name. Default: the name itself. */
  nameOf?: (row: Row) => ComponentChildren;
  /** Beside the name: what kind of thing it is. */
  tags?: (row: Row) => ComponentChildren;
  /** Buttons at the end of a row, reached with Tab from its name. */
  actions?: (row: Row) => ComponentChildren;
  /** Room for the actions, a CSS width. */
  actionsWidth?: string;
  /** The Delete key was pressed on a row. */
  onDelete?: (row: Row) => void;
  /** Instead of rows. */
  empty: ComponentChildren;
}

export function VirtualTable<Row extends Named>(props: TableProps<Row>) {
  const { label, view, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const names = view.shown.value;
  const rows = useRowWindow(box, names.length);
  /** The row whose name Tab reaches. */
  const active = useSignal<string | null>(null);
  const reachable = active.value !== null && names.includes(active.value) ? active.value : names[0];

  /** Rows out of sight are not in the document: the row is scrolled to, drawn, and focused then. */
  function focusRow(index: number): void {
    const name = names[Math.max(0, Math.min(names.length - 1, index))];
    const element = box.current;
    if (name === undefined || !element) return;
    active.value = name;
    reveal(element, names.indexOf(name), rows.height);
    rows.follow();
    requestAnimationFrame(() => {
      element.querySelector<HTMLElement>(`tr[data-name="${CSS.escape(name)}"] .name a`)?.focus({ preventScroll: true });
    });
  }

  function press(event: KeyboardEvent): void {
    const on = (event.target as HTMLElement).closest<HTMLElement>("tr[data-name]")?.dataset["name"];
    if (on === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = props.feed.peek(on);
    if (event.key === "Delete" && row && props.onDelete) props.onDelete(row);
    else {
      const to = placeAfter(event.key, names.indexOf(on), names.length, rows.visible);
      if (to === null) return;
      focusRow(to);
    }
    event.preventDefault();
  }

  return (
    <div class="table-box" ref={box} data-testid={`${props.testId}-table`} onScroll={rows.follow}>
      <table aria-label={label} aria-rowcount={names.length + 1}>
        <TableHead {...props} />
        <Body view={view} onKeyDown={press}>
          <Spacer height={rows.above} />
          {names.slice(rows.from, rows.to).map((name, index) => (
            <TableRow key={name} table={props} name={name} index={rows.from + index + 2} reachable={name === reachable} />
          ))}
          <Spacer height={rows.below} />
        </Body>
      </table>
      {names.length === 0 && <div class="empty">{empty}</div>}
    </div>
  );
}

function placeAfter(key: string, at: number, count: number, screen: number): number | null {
  const page = Math.max(1, screen - 2);
  if (key === "ArrowDown") return at + 1;
  if (key === "ArrowUp") return at - 1;
  if (key === "PageDown") return at + page;
  if (key === "PageUp") return at - page;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return null;
}

/** Scrolls no further than needed; the head covers the first row's height. */
function reveal(box: HTMLElement, index: number, height: number): void {
  const top = index * height;
  const room = box.clientHeight - (box.querySelector("thead")?.offsetHeight ?? 0);
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + height > box.scrollTop + room) box.scrollTop = top + height - room;
}

interface BodyProps<Row extends Named> {
  view: ListView<Row>;
  onKeyDown: (event: KeyboardEvent) => void;
  children: ComponentChildren;
}

/** Rows keep their places while the pointer or the focus is among them. */
function Body<Row extends Named>({ view, onKeyDown, children }: BodyProps<Row>) {
  const by = useRef({ pointer: false, focus: false });
  const hold = (change: Partial<{ pointer: boolean; focus: boolean }>) => {
    Object.assign(by.current, change);
    view.held.value = by.current.pointer || by.current.focus;
  };
  return (
    <tbody
      onPointerEnter={(event) => hold({ pointer: event.pointerType === "mouse" })}
      onPointerLeave={() => hold({ pointer: false })}
      onFocusIn={() => hold({ focus: true })}
      onFocusOut={() => hold({ focus: false })}
      onKeyDown={onKeyDown}
    >
      {children}
    </tbody>
  );
}

/**
 * Stands for the rows that are scrolled out of sight and not in the document. One cell is enough; one over all columns
 * would make room for those that are hidden.
 */
function Spacer({ height }: { height: number }) {
  if (height === 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

interface RowProps {
  table: TableProps<Named>;
  name: string;
  /** Place in the whole table, counted from 1 with the head. */
  index: number;
  reachable: boolean;
}

/** Follows its own row: a frame in which only this one changed draws only this one. */
const TableRow = memo(function TableRow({ table, name, index, reachable }: RowProps) {
  const { feed, columns, href, nameOf, tags, actions, testId } = table;
  const row = useComputed(() => feed.row(name)).value;
  if (!row) return null;
  const link = href(row);
  return (
    <tr data-testid={`${testId}-row`} data-name={name} aria-rowindex={index} onClick={(event) => follow(event, link)}>
      <th scope="row" class="name">
        <div>
          <a href={link} tabIndex={reachable ? 0 : -1} title={name}>
            {nameOf?.(row) ?? name}
          </a>
          {tags?.(row)}
        </div>
      </th>
      {columns.map(({ key, kind, hide, cell }) => {
        const content = cell(row, feed);
        return (
          <td key={key} class={classOf(kind, content)} data-field={key} data-hide={hide}>
            {content}
          </td>
        );
      })}
      {actions && <td class="row-actions">{actions(row)}</td>}
    </tr>
  );
}, isSameRow) as unknown as <Row extends Named>(props: Omit<RowProps, "table"> & { table: TableProps<Row>; key?: string }) => preact.JSX.Element;

/** The table's own settings are new objects at every drawing of the page, but say the same. */
function isSameRow(before: RowProps, after: RowProps): boolean {
  return before.name === after.name && before.index === after.index && before.reachable === after.reachable
    && before.table.feed === after.table.feed && before.table.columns === after.table.columns;
}

/** The whole row is a way to its page, except for what can be pressed by itself, and for text being selected. */
function follow(event: MouseEvent, link: string): void {
  if ((event.target as HTMLElement).closest("a, button") || getSelection()?.toString()) return;
  navigate(link);
}

/** Zero is the normal case and steps back, so that what holds something stands out. */
function classOf(kind: "text" | "number" | "plain", content: ComponentChildren): string {
  if (kind !== "number") return kind === "text" ? "text" : "numbers";
  return content === "0" ? "number numbers zero" : "number numbers";
}
