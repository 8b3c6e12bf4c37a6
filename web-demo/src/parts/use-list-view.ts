import { useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { BY_NAME, ListView, type ListViewOptions, type Order } from "../live/list-view.ts";
import type { Rows } from "../live/rows.ts";
import type { Named } from "../live/statistics.ts";
import { queryValue, setQuery } from "../route/route.ts";

/**
 * A view of a list whose search and order are in the address: `?filter=..&sort=ready` for the largest first,
 * `sort=-ready` for the smallest, `sort=-name` for names from the end.
 */
export function useListView<Row extends Named>(feed: Rows<Row>, options: ListViewOptions<Row>): ListView<Row> {
  const view = useMemo(() => {
    const made = new ListView(feed, options);
    made.filter.value = queryValue("filter");
    made.order.value = readOrder(queryValue("sort"));
    return made;
  }, [feed]);
  useSignalEffect(() => setQuery({ filter: view.filter.value, sort: writeOrder(view.order.value) }));
  return view;
}

function readOrder(text: string): Order {
  const turned = text.startsWith("-");
  const column = turned ? text.slice(1) : text;
  if (column === "") return BY_NAME;
  return { column, descending: column === "name" ? turned : !turned };
}

function writeOrder({ column, descending }: Order): string | null {
  if (column === "name") return descending ? "-name" : null;
  return descending ? column : `-${column}`;
}
