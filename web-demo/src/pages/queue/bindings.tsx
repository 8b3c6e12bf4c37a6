// Which exchanges hand messages to a queue; adding a binding, and taking one back.

import { useSignal } from "@preact/signals";
import { type Binding, bind, fetchQueueBindings } from "../../api/bindings.ts";
import { DEFAULT_EXCHANGE } from "../../api/messages.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { type Remote, useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";
import { argumentsText, readArguments } from "../bindings/arguments.ts";
import { RemoveBinding } from "../bindings/remove-binding.tsx";

export function Bindings({ workspace, name }: { workspace: Workspace; name: string }) {
  const { api, vhost, overview, queues } = workspace;
  // Also after a reconnect, perhaps to another server.
  const bindings = useRemote(() => fetchQueueBindings(api, vhost, name), () => [overview.topology.value, queues.complete.value]);
  return (
    <div class="stack">
      <BindingTable workspace={workspace} bindings={bindings} />
      <AddBinding workspace={workspace} name={name} bindings={bindings} />
    </div>
  );
}

interface BindingsProps {
  workspace: Workspace;
  bindings: Remote<Binding[]>;
}

function BindingTable({ workspace, bindings }: BindingsProps) {
  const rows = bindings.value.value;
  if (bindings.failure.value && !rows) return <FailureText failure={bindings.failure.value} testId="bindings-error" />;
  if (!rows) return <EmptyState title="Loading the bindings." />;
  return (
    <>
      {bindings.failure.value && <FailureText failure={bindings.failure.value} testId="bindings-error" />}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Bindings">
        <table class="object-table" data-testid="bindings">
          <thead>
            <tr>
              <th scope="col">Exchange</th>
              <th scope="col">Binding key</th>
              <th scope="col">Arguments</th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.source} ${row.properties_key}`} row={row} workspace={workspace} bindings={bindings} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ row, workspace, bindings }: BindingsProps & { row: Binding }) {
  const link = href(["exchanges", row.vhost, row.source || DEFAULT_EXCHANGE]);
  return (
    <tr data-testid="binding-row">
      <td>
        <a class="object-name" href={link}>
          {row.source || "(default exchange)"}
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

function AddBinding({ workspace, name, bindings }: BindingsProps & { name: string }) {
  const { api, vhost, exchanges } = workspace;
  useFeed(exchanges);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);
  const named = exchanges.names.value.filter((exchange) => exchange !== "");
  const chosen = useSignal("amq.topic");
  const byHeaders = exchanges.row(chosen.value)?.type === "headers";

  async function add(form: HTMLFormElement): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      const given = (field: string) => String(new FormData(form).get(field) ?? "");
      const headers = readArguments(given("headers"));
      await bind(api, vhost, { source: given("source"), destination: name, routing_key: given("key"), arguments: headers });
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
      <label class="field">
        <span>Exchange</span>
        <select
          name="source"
          data-testid="binding-exchange"
          onChange={(event) => (chosen.value = event.currentTarget.value)}
        >
          {named.map((exchange) => (
            <option key={exchange} value={exchange} selected={exchange === chosen.value}>
              {exchange}
            </option>
          ))}
        </select>
      </label>
      <label class="field grow">
        <span>Binding key</span>
        <input name="key" autocomplete="off" spellcheck={false} placeholder="orders.*" data-testid="binding-key" />
      </label>
      {byHeaders && (
        <label class="field grow">
          <span>Headers to match, one name=value on each line</span>
          <textarea name="headers" rows={2} spellcheck={false} placeholder={"x-match=all\nkind=order"} data-testid="binding-headers" />
        </label>
      )}
      <button type="submit" class="primary" data-testid="binding-submit" disabled={busy}>
        Bind
      </button>
      {failure.value && <FailureText failure={failure.value} testId="binding-error" />}
    </form>
  );
}
