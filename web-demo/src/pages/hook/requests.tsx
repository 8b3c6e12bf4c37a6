// The last requests that came to a hook, and what became of each.

import { useSignal } from "@preact/signals";
import { fetchRequests, type HookRequest, type HookRow } from "../../api/hooks.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount, formatMoment, formatOctets, formatRecent } from "../../parts/format.ts";
import type { IconName } from "../../parts/icon.tsx";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { type Level, Sign } from "../../parts/sign.tsx";
import { type HeldRows, useHeldRows } from "../../parts/use-held-rows.ts";
import { usePoll } from "../../parts/use-poll.ts";
import { href } from "../../route/route.ts";
import { RequestDialog } from "./request-dialog.tsx";

export function Requests({ workspace, row }: { workspace: Workspace; row: HookRow }) {
  const poll = usePoll(() => fetchRequests(workspace.api, row.vhost, row.name));
  const open = useSignal<HookRequest | null>(null);
  const { shown: requests, newer, handlers } = useHeldRows(poll.value.value, { keysOf });
  return (
    <div class="stack" data-stale={useStale(poll)} data-testid="requests">
      <div class="list-tools">
        <p class="muted read-note" data-testid="requests-note">
          {requests ? noteOf(requests, newer) : poll.failure.value ? "The requests could not be read." : "Reading the requests."}
        </p>
        <PolledFreshness list={poll} />
      </div>
      {poll.failure.value && !requests && <FailureText failure={poll.failure.value} testId="requests-error" />}
      {requests?.length === 0 && (
        <EmptyState title="Nothing came yet." testId="requests-empty">
          <a href={href(["hooks", row.vhost, row.name], { tab: "sender" })}>Set up the sender</a>, or try it by hand.
        </EmptyState>
      )}
      {requests && requests.length > 0 && <Table requests={requests} onOpen={(request) => (open.value = request)} handlers={handlers} />}
      {open.value && <RequestDialog request={open.value} onClose={() => (open.value = null)} />}
    </div>
  );
}

function noteOf(requests: readonly HookRequest[], newer: number): string {
  if (newer > 0) return `${formatCount(newer)} newer, shown once the pointer rests.`;
  return requests.length === 0 ? "" : `${requests.length === 1 ? "The last one" : `The last ${formatCount(requests.length)}, newest first`}; the gateway keeps them in memory.`;
}

/** Requests have no names: those of one moment are told by their order. */
function keysOf(requests: readonly HookRequest[]): string[] {
  const counts = new Map<string, number>();
  return requests
    .toReversed()
    .map(({ at }) => {
      const count = (counts.get(at) ?? 0) + 1;
      counts.set(at, count);
      return `${at} ${count}`;
    })
    .reverse();
}

interface TableProps {
  requests: readonly HookRequest[];
  onOpen: (request: HookRequest) => void;
  handlers: HeldRows<unknown>["handlers"];
}

function Table({ requests, onOpen, handlers }: TableProps) {
  const keys = keysOf(requests);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Last requests">
      <table class="object-table record-table" data-testid="request-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Outcome</th>
            <th scope="col">Status</th>
            <th scope="col">Event, or reason</th>
            <th scope="col">Delivery</th>
            <th scope="col">From</th>
            <th scope="col" class="number">Size</th>
          </tr>
        </thead>
        <tbody {...handlers}>
          {requests.map((request, index) => (
            <Row key={keys[index]} request={request} onOpen={() => onOpen(request)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ request, onOpen }: { request: HookRequest; onOpen: () => void }) {
  const time = new Date(request.at);
  return (
    <tr
      data-testid="request-row"
      data-outcome={request.outcome}
      onClick={(click) => {
        if (!(click.target as HTMLElement).closest("button") && !getSelection()?.toString()) onOpen();
      }}
    >
      <td>
        <button type="button" class="row-link numbers" data-testid="open-request" title={formatMoment(time)} onClick={onOpen}>
          <time dateTime={request.at}>{formatRecent(time)}</time>
          <span class="visually-hidden">: {request.outcome} request</span>
        </button>
      </td>
      <td data-field="outcome">
        <RequestOutcome request={request} />
      </td>
      <td data-field="status">{request.status}</td>
      <td class="wide-cell" data-field="event">
        <span class="clipped">{request.event?.type ?? request.reason ?? <span class="muted">–</span>}</span>
      </td>
      <td class="middle-cell" data-field="delivery">
        <span class="clipped" title={request.delivery ?? undefined}>{request.delivery ?? <span class="muted">–</span>}</span>
      </td>
      <td>{request.address}</td>
      <td class="number numbers">{formatOctets(request.octets)}</td>
    </tr>
  );
}

const OUTCOMES: Record<HookRequest["outcome"], { level: Level; icon: IconName; explained: string }> = {
  accepted: { level: "good", icon: "check", explained: "Verified and published" },
  duplicate: { level: "quiet", icon: "copy", explained: "It came before: answered the same, and not published again" },
  refused: { level: "bad", icon: "close", explained: "Not published" },
  challenge: { level: "quiet", icon: "question", explained: "The sender asked whether its requests are wanted" },
};

export function RequestOutcome({ request }: { request: HookRequest }) {
  const { level, icon, explained } = OUTCOMES[request.outcome] ?? OUTCOMES.refused;
  return (
    <Sign level={level} icon={icon} title={request.reason ?? explained} testId="request-outcome">
      {request.outcome}
    </Sign>
  );
}
