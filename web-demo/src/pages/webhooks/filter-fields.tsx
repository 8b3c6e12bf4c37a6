// Which events a webhook posts: types, and filters as JSON, with what they let through in words.

import { useComputed, useSignal } from "@preact/signals";
import { filtersInWords, parseFilters } from "../../live/webhooks/filters.ts";
import { readWords } from "../../live/webhooks/form.ts";
import { InputField, TextField } from "../../parts/input-field.tsx";
import { useChecked } from "../../parts/use-checked.ts";

const EXAMPLES: readonly { label: string; filter: unknown }[] = [
  { label: "type begins with", filter: { prefix: { type: "order." } } },
  { label: "subject is", filter: { exact: { subject: "42" } } },
  { label: "none of", filter: { not: { any: [{ suffix: { type: ".test" } }, { exact: { source: "/staging" } }] } } },
  { label: "CESQL", filter: { sql: "type LIKE 'order.%' AND EXISTS subject" } },
];

export function FilterFields({ testId, initial }: { testId: string; initial: Record<string, string> }) {
  const types = useSignal(initial["types"]!);
  const filters = useSignal(initial["filters"]!);
  const read = useChecked(filters, parseFilters);
  const passing = useComputed(() => (read.value.value ? filtersInWords(read.value.value, readWords(types.value)) : null));
  const add = (filter: unknown) => {
    filters.value = JSON.stringify([...(read.value.value ?? []), filter], null, 2);
  };
  return (
    <fieldset class="stack">
      <legend>Which events</legend>
      <InputField
        testId={testId}
        name="types"
        label="Types"
        value={types.value}
        onInput={(text) => (types.value = text)}
        placeholder="order.placed, order.paid"
        note="Between commas; all types when nothing is given."
      />
      <TextField
        testId={testId}
        name="filters"
        label="Filters, as JSON"
        rows={filters.value === "" ? 2 : 5}
        value={filters.value}
        onInput={(text) => (filters.value = text)}
        problem={read.value.problem}
        note="A list, of which every entry has to hold: exact, prefix, suffix, all, any, not, sql."
      />
      <div class="filter-tools" role="group" aria-label="Add a filter">
        <span class="muted">Add:</span>
        {EXAMPLES.map(({ label, filter }) => (
          <button key={label} type="button" class="small" disabled={read.value.problem !== null} onClick={() => add(filter)}>
            {label}
          </button>
        ))}
      </div>
      <p class="in-words" role="status" data-testid="filters-in-words">
        {passing.value ?? "What passes is said here once the filters are right."}
      </p>
    </fieldset>
  );
}
