// Deleting an exchange: what stops flowing is said before, and it can be had back after.

import { bind, fetchExchangeBindings } from "../../api/bindings.ts";
import {
  createExchange,
  definitionOfExchange,
  deleteExchange,
  type ExchangeRow,
  isBuiltIn,
} from "../../api/exchanges.ts";
import { tellFailure, toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Asks, and deletes. Resolves with whether the exchange is gone. */
export async function askToDeleteExchange(workspace: Workspace, row: ExchangeRow): Promise<boolean> {
  if (isBuiltIn(row)) return false;
  const { api, vhost } = workspace;
  const { name } = row;
  const bindings = await fetchExchangeBindings(api, vhost, name).catch((error: unknown) => {
    tellFailure(`Reading the bindings of ${name}`, error);
    return null;
  });
  if (!bindings) return false;
  const done = await ask({
    title: <>Delete exchange <span class="object-name">{name}</span>?</>,
    children:
      bindings.length === 0 ? (
        <p>No queue is bound to it. Who publishes to it gets an error from then on.</p>
      ) : (
        <p>
          Lost with it: <b>{formatCount(bindings.length)}</b> bindings, so their queues get nothing more by it. Messages in
          queues stay there. Who publishes to it gets an error from then on.
        </p>
      ),
    confirm: "Delete the exchange",
    cancel: "Keep it",
    ...(bindings.length === 0 ? {} : { typed: name }),
    // Bindings that came while the question stood are not lost without being counted: the gateway refuses then.
    act: () => deleteExchange(api, vhost, name, { ifUnused: bindings.length === 0 }),
  });
  if (!done) return false;
  toast(`Deleted exchange ${name}.`, async () => {
    await createExchange(api, vhost, definitionOfExchange(row));
    for (const binding of bindings) await bind(api, vhost, binding);
  });
  return true;
}

export function DeleteExchangeButton({ workspace, row }: { workspace: Workspace; row: ExchangeRow }) {
  if (isBuiltIn(row)) return null;
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="delete-exchange"
      aria-label={`Delete exchange ${row.name}`}
      title="Delete"
      onClick={() => void askToDeleteExchange(workspace, row)}
    >
      <Icon name="trash" />
    </button>
  );
}
