// The bindings of a queue, or of an exchange: a row for each, with a way to take it back.

import type { ComponentChildren } from "preact";
import type { Binding } from "../../api/bindings.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import type { Remote } from "../../parts/use-remote.ts";
import { argumentsText } from "./arguments.ts";
import { RemoveBinding } from "./remove-binding.tsx";

/** Rows that are drawn at once: an exchange may have a binding for every reader of a topic. */
const SHOWN = 500;

/** The other end of a binding, as a name and a link. */
export interface End {
  label: string;
  nameOf: (row: Binding) => string;
  href: (row: Binding) => string;
}

interface Props {
  workspace: Workspace;
  bindings: Remote<Binding[]>;
  end: End;
  /** Shown instead of an empty table. */
  empty?: ComponentChildren;
}

export function BindingTable({ workspace, bindings, end, empty }: Props) {
  const rows = bindings.value.value;
  const failure = bindings.failure.value && <FailureText failure={bindings.failure.value} testId="bindings-error" />;
  if (!rows) return failure || <EmptyState title="Loading the bindings." />;
  if (rows.length === 0 && empty) {
    return (
      <>
        {failure}
        {empty}
      </>
    );
  }
  return (
    <>
      {failure}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Bindings">
        <table class="object-table" data-testid="bindings">
          <thead>
            <tr>
              <th scope="col">{end.label}</th>
              <th scope="col">Binding key</th>
              <th scope="col">Arguments</th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <Row key={`${end.nameOf(row)} ${row.properties_key}`} row={row} end={end} workspace={workspace} bindings={bindings} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > SHOWN && <p class="muted">The first {formatCount(SHOWN)} of {formatCount(rows.length)}.</p>}
    </>
  );
}

function Row({ row, end, workspace, bindings }: Omit<Props, "empty"> & { row: Binding }) {
  return (
    <tr data-testid="binding-row">
      <td>
        <a class="object-name" href={end.href(row)}>
          {end.nameOf(row)}
        </a>
      </td>
      <td>
        <code>{row.routing_key}</code>
      </td>
      <td>
        <code>{argumentsText(row)}</code>
      </td>
      <td class="row-actions">
        {row.source === "" ? (
          <span class="muted">for as long as the queue exists</span>
        ) : (
          <RemoveBinding workspace={workspace} row={row} onChange={bindings.reload} />
        )}
      </td>
    </tr>
  );
}
