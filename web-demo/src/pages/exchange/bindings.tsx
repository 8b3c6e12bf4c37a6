// Which queues an exchange routes to; adding a binding, and taking one back.

import { useSignal } from "@preact/signals";
import { type Binding, bind, fetchExchangeBindings } from "../../api/bindings.ts";
import type { ExchangeRow } from "../../api/exchanges.ts";
import { isSubscriptionQueue } from "../../api/queues.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { type Remote, useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";
import { argumentsText, readArguments } from "../bindings/arguments.ts";
import { RemoveBinding } from "../bindings/remove-binding.tsx";

/** Rows that are drawn at once: an exchange may have a binding for every reader of a topic. */
const SHOWN = 500;

export function ExchangeBindings({ workspace, row }: { workspace: Workspace; row: ExchangeRow }) {
  const { api, vhost, overview, exchanges } = workspace;
  const bindings = useRemote(
    () => fetchExchangeBindings(api, vhost, row.name),
    // Also after a reconnect, perhaps to another server.
    () => [overview.topology.value, exchanges.complete.value],
  );
  return (
    <div class="stack">
      <BindingTable workspace={workspace} row={row} bindings={bindings} />
      {row.name !== "" && <AddBinding workspace={workspace} row={row} bindings={bindings} />}
    </div>
  );
}

interface Props {
  workspace: Workspace;
  row: ExchangeRow;
  bindings: Remote<Binding[]>;
}

function BindingTable({ workspace, row, bindings }: Props) {
  const rows = bindings.value.value;
  const failure = bindings.failure.value && <FailureText failure={bindings.failure.value} testId="bindings-error" />;
  if (!rows) return failure || <EmptyState title="Loading the bindings." />;
  if (rows.length === 0) {
    return (
      <>
        {failure}
        <EmptyState title="No queue is bound to this exchange." testId="bindings-empty">
          What is published to it reaches nobody{row.arguments?.["alternate-exchange"] && " but its alternate exchange"}.
        </EmptyState>
      </>
    );
  }
  return (
    <>
      {failure}
      {row.name === "" && <p class="muted">Every queue is bound to the default exchange with its name.</p>}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Bindings">
        <table class="object-table" data-testid="bindings">
          <thead>
            <tr>
              <th scope="col">Queue</th>
              <th scope="col">Binding key</th>
              <th scope="col">Arguments</th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((binding) => (
              <tr key={`${binding.destination} ${binding.properties_key}`} data-testid="binding-row">
                <td>
                  <a class="object-name" href={href(["queues", binding.vhost, binding.destination])}>
                    {binding.destination}
                  </a>
                </td>
                <td>
                  <code>{binding.routing_key}</code>
                </td>
                <td>
                  <code>{argumentsText(binding)}</code>
                </td>
                <td class="row-actions">
                  {binding.source !== "" && <RemoveBinding workspace={workspace} row={binding} onChange={bindings.reload} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > SHOWN && <p class="muted">The first {formatCount(SHOWN)} of {formatCount(rows.length)}.</p>}
    </>
  );
}

function AddBinding({ workspace, row, bindings }: Props) {
  const { api, vhost, queues } = workspace;
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);

  async function add(form: HTMLFormElement): Promise<void> {
    const given = (field: string) => String(new FormData(form).get(field) ?? "");
    busy.value = true;
    failure.value = null;
    try {
      const destination = given("queue").trim();
      await bind(api, vhost, {
        source: row.name,
        destination,
        routing_key: given("key"),
        arguments: readArguments(given("headers")),
      });
      for (const field of form.querySelectorAll<HTMLInputElement>("input, textarea")) field.value = "";
      await bindings.reload();
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="inline-form"
      data-testid="add-binding"
      onSubmit={(event) => {
        event.preventDefault();
        void add(event.currentTarget);
      }}
    >
      <label class="field grow">
        <span>Queue</span>
        <input name="queue" required list="bindable-queues" autocomplete="off" spellcheck={false} data-testid="binding-queue" />
      </label>
      <datalist id="bindable-queues">
        {queues.names.value
          .filter((name) => !isSubscription(workspace, name))
          .slice(0, SUGGESTED)
          .map((name) => (
            <option key={name} value={name} />
          ))}
      </datalist>
      {row.type === "headers" ? (
        <label class="field grow">
          <span>Headers to match, one name=value on each line</span>
          <textarea name="headers" rows={2} spellcheck={false} placeholder={"x-match=all\nkind=order"} data-testid="binding-headers" />
        </label>
      ) : (
        <label class="field grow">
          <span>Binding key</span>
          <input name="key" autocomplete="off" spellcheck={false} data-testid="binding-key" />
        </label>
      )}
      <button type="submit" class="primary" data-testid="binding-submit" disabled={busy}>
        Bind
      </button>
      {failure.value && <FailureText failure={failure.value} testId="binding-error" />}
    </form>
  );
}

/** Names that are offered; any other can be typed. */
const SUGGESTED = 200;

function isSubscription(workspace: Workspace, name: string): boolean {
  const row = workspace.queues.peek(name);
  return row !== undefined && isSubscriptionQueue(row);
}
