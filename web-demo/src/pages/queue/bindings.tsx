// Which exchanges hand messages to a queue; adding a binding, and taking one back.

import { useSignal } from "@preact/signals";
import { type Binding, bind, fetchQueueBindings, unbind } from "../../api/bindings.ts";
import { DEFAULT_EXCHANGE } from "../../api/messages.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { type Remote, useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";

export function Bindings({ workspace, name }: { workspace: Workspace; name: string }) {
  const { api, vhost, overview } = workspace;
  const bindings = useRemote(() => fetchQueueBindings(api, vhost, name), () => overview.topology.value);
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
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Bindings">
      <table class="plain-table" data-testid="bindings">
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
          <button
            type="button"
            class="plain danger icon-only"
            data-testid="remove-binding"
            aria-label={`Remove the binding to ${row.source} with key ${row.routing_key}`}
            title="Remove"
            onClick={() => void askToRemove(workspace, row, bindings)}
          >
            <Icon name="trash" />
          </button>
        )}
      </td>
    </tr>
  );
}

function argumentsText(row: Binding): string {
  return Object.entries(row.arguments)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}

async function askToRemove(workspace: Workspace, row: Binding, bindings: Remote<Binding[]>): Promise<void> {
  const { api, vhost } = workspace;
  const done = await ask({
    title: "Remove the binding?",
    children: (
      <p>
        <span class="object-name">{row.destination}</span> gets nothing more from{" "}
        <span class="object-name">{row.source}</span>
        {row.routing_key && (
          <>
            {" "}
            with key <code>{row.routing_key}</code>
          </>
        )}
        . What is in the queue stays there.
      </p>
    ),
    confirm: "Remove the binding",
    cancel: "Keep it",
    act: () => unbind(api, vhost, row),
  });
  if (!done) return;
  toast(`Removed the binding to ${row.source}.`, async () => {
    await bind(api, vhost, row);
    await bindings.reload();
  });
  await bindings.reload();
}

function AddBinding({ workspace, name, bindings }: BindingsProps & { name: string }) {
  const { api, vhost, exchanges } = workspace;
  useFeed(exchanges);
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);
  const named = exchanges.names.value.filter((exchange) => exchange !== "");
  const source = useSignal("amq.topic");
  const byHeaders = exchanges.row(source.value)?.type === "headers";

  async function add(form: HTMLFormElement): Promise<void> {
    busy.value = true;
    failure.value = null;
    try {
      const key = String(new FormData(form).get("key") ?? "");
      const headers = readHeaders(String(new FormData(form).get("headers") ?? ""));
      await bind(api, vhost, { source: source.peek(), destination: name, routing_key: key, arguments: headers });
      form.reset();
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
          value={source}
          onChange={(event) => (source.value = event.currentTarget.value)}
        >
          {named.map((exchange) => (
            <option key={exchange} value={exchange}>
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
          <span>Headers to match, as name=value with commas</span>
          <input name="headers" autocomplete="off" spellcheck={false} placeholder="x-match=all, kind=order" data-testid="binding-headers" />
        </label>
      )}
      <button type="submit" class="primary" data-testid="binding-submit" disabled={busy}>
        Bind
      </button>
      {failure.value && <FailureText failure={failure.value} testId="binding-error" />}
    </form>
  );
}

/** `a=1, b=2` */
function readHeaders(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split("="));
  return Object.fromEntries(pairs.filter(([name]) => name?.trim()).map(([name, ...value]) => [name!.trim(), value.join("=").trim()]));
}
