import type { Named } from "../live/statistics.ts";
import type { Column, TableProps } from "./virtual-table.tsx";

export function TableHead<Row extends Named>(props: TableProps<Row>) {
  const { view, columns, nameLabel = "Name", actions, actionsWidth } = props;
  return (
    <thead>
      <tr aria-rowindex={1}>
        <Head {...props} column={{ key: "name", label: nameLabel, kind: "text" }} class="name" />
        {columns.map((column) => (
          <Head key={column.key} view={view} column={column} class={column.kind} />
        ))}
        {actions && (
          <th scope="col" class="row-actions" style={{ width: actionsWidth }}>
            <span class="visually-hidden">Actions</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

interface HeadProps<Row extends Named> extends Pick<TableProps<Row>, "view"> {
  column: Pick<Column<Row>, "key" | "label" | "kind"> & Partial<Column<Row>>;
  class: string;
}

function Head<Row extends Named>({ view, column, class: className }: HeadProps<Row>) {
  const { key, label, kind, width, hide, sortable = kind !== "plain" } = column;
  const order = view.order.value;
  const sorted = order.column === key ? (order.descending ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" class={className} data-column={key} data-hide={hide} aria-sort={sorted} style={{ width }}>
      {sortable ? (
        <button type="button" data-testid={`sort-${key}`} onClick={() => view.sortBy(key, kind === "number")}>
          {label}
        </button>
      ) : (
        label
      )}
    </th>
  );
}
