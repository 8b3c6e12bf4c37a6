// The consumer groups of a stream: how far each is, as the server says it with every sample.

import type { ConsumerGroup, StreamRow } from "../../api/queues.ts";
import { streamDestination } from "../../live/destinations.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { formatCount } from "../../parts/format.ts";
import { href } from "../../route/route.ts";

export function Groups({ row }: { row: StreamRow }) {
  const { groups } = row.stream;
  if (groups.length === 0) {
    return (
      <EmptyState title="No consumer group reads this stream." testId="groups-empty">
        The members of a group share its messages, and the server keeps how far they are. A subscription to{" "}
        <code>{streamDestination(row.name)}</code> with the header <code>x-consumer-group</code> makes one.
      </EmptyState>
    );
  }
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Consumer groups">
      <table class="object-table" data-testid="groups">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col" class="number">Committed offset</th>
            <th scope="col" class="number">Lag</th>
            <th scope="col" class="number">Members</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>{groups.map((group) => <Row key={group.name} row={row} group={group} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ row, group }: { row: StreamRow; group: ConsumerGroup }) {
  const { name, committed_offset: committed, lag, consumers } = group;
  return (
    <tr data-testid="group-row" data-name={name}>
      <th scope="row" class="object-name">{name}</th>
      <td class="number numbers" data-field="committed">
        <a href={href(["queues", row.vhost, row.name], { from: `offset=${committed}` })} title="Read from there on">
          {formatCount(committed)}
        </a>
      </td>
      <td class="number numbers" data-field="lag">{formatCount(lag)}</td>
      <td class="number numbers" data-field="members">{formatCount(consumers)}</td>
      <td data-field="state">{stateOf(group)}</td>
    </tr>
  );
}

function stateOf({ lag, consumers }: ConsumerGroup): string {
  if (lag === 0) return "has done all";
  return consumers === 0 ? "nobody reads for it" : "is behind";
}
