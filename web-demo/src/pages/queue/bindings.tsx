// Which exchanges hand messages to a queue.

import { type Signal, useSignal } from "@preact/signals";
import { fetchQueueBindings } from "../../api/bindings.ts";
import { DEFAULT_EXCHANGE } from "../../api/messages.ts";
import type { Workspace } from "../../live/workspace.ts";
import { useFeed } from "../../parts/use-feed.ts";
import { useRemote } from "../../parts/use-remote.ts";
import { href } from "../../route/route.ts";
import { AddBinding } from "../bindings/add-binding.tsx";
import { BindingTable, type End } from "../bindings/binding-table.tsx";

const EXCHANGE: End = {
  label: "Exchange",
  nameOf: (row) => row.source || "(default exchange)",
  href: (row) => href(["exchanges", row.vhost, row.source || DEFAULT_EXCHANGE]),
};

export function Bindings({ workspace, name }: { workspace: Workspace; name: string }) {
  const { api, vhost, overview, queues, exchanges } = workspace;
  useFeed(exchanges);
  // Also after a reconnect, perhaps to another server.
  const bindings = useRemote(() => fetchQueueBindings(api, vhost, name), () => [overview.topology.value, queues.complete.value]);
  const chosen = useSignal("amq.topic");
  const byHeaders = exchanges.row(chosen.value)?.type === "headers";
  return (
    <div class="stack">
      <BindingTable workspace={workspace} bindings={bindings} end={EXCHANGE} />
      <AddBinding workspace={workspace} bindings={bindings} byHeaders={byHeaders} endsOf={() => ({ source: chosen.peek(), destination: name })}>
        <ExchangeField workspace={workspace} chosen={chosen} />
      </AddBinding>
    </div>
  );
}

function ExchangeField({ workspace, chosen }: { workspace: Workspace; chosen: Signal<string> }) {
  const named = workspace.exchanges.names.value.filter((exchange) => exchange !== "");
  return (
    <label class="field">
      <span>Exchange</span>
      <select data-testid="binding-exchange" onChange={(event) => (chosen.value = event.currentTarget.value)}>
        {named.map((exchange) => (
          <option key={exchange} value={exchange} selected={exchange === chosen.value}>
            {exchange}
          </option>
        ))}
      </select>
    </label>
  );
}
