// Which queues an exchange routes to.

import { type Binding, fetchExchangeBindings } from "../../api/bindings.ts";
import type { ExchangeRow } from "../../api/exchanges.ts";
import { isSubscriptionQueue } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";
import { AddBinding } from "../bindings/add-binding.tsx";
import { BindingTable, type End } from "../bindings/binding-table.tsx";

const QUEUE: End = {
  label: "Queue",
  nameOf: (row) => row.destination,
  href: (row: Binding) => href(["queues", row.vhost, row.destination]),
};

/** Names that are offered; any other can be typed. */
const SUGGESTED = 200;

export function ExchangeBindings({ workspace, row }: { workspace: Workspace; row: ExchangeRow }) {
  const { api, vhost, overview, exchanges } = workspace;
  const bindings = useRemote(
    () => fetchExchangeBindings(api, vhost, row.name),
    // Also after a reconnect, perhaps to another server.
    () => [overview.topology.value, exchanges.complete.value],
  );
  const endsOf = (given: (field: string) => string) => ({ source: row.name, destination: given("queue").trim() });
  return (
    <div class="stack">
      {row.name === "" && <p class="muted">Every queue is bound to the default exchange with its name.</p>}
      <BindingTable workspace={workspace} bindings={bindings} end={QUEUE} empty={<Empty row={row} />} />
      {row.name !== "" && (
        <AddBinding workspace={workspace} bindings={bindings} byHeaders={row.type === "headers"} endsOf={endsOf}>
          <QueueField workspace={workspace} />
        </AddBinding>
      )}
    </div>
  );
}

function Empty({ row }: { row: ExchangeRow }) {
  return (
    <EmptyState title="No queue is bound to this exchange." testId="bindings-empty">
      What is published to it reaches nobody{row.arguments?.["alternate-exchange"] && " but its alternate exchange"}.
    </EmptyState>
  );
}

function QueueField({ workspace }: { workspace: Workspace }) {
  const names = workspace.queues.names.value.filter((name) => !isSubscription(workspace, name));
  return (
    <>
      <label class="field grow">
        <span>Queue</span>
        <input name="queue" required list="bindable-queues" autocomplete="off" spellcheck={false} data-testid="binding-queue" />
      </label>
      <datalist id="bindable-queues">
        {names.slice(0, SUGGESTED).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function isSubscription(workspace: Workspace, name: string): boolean {
  const row = workspace.queues.peek(name);
  return row !== undefined && isSubscriptionQueue(row);
}
