import type { Attempt } from "../../api/webhooks.ts";
import { formatCount, formatMoment, formatRecent } from "../../parts/format.ts";
import type { HeldRows } from "../../parts/use-held-rows.ts";
import { AttemptOutcome, kindText, statusText } from "./outcome.tsx";

interface Props {
  attempts: readonly Attempt[];
  onOpen: (attempt: Attempt) => void;
  handlers: HeldRows<unknown>["handlers"];
}

export function keyOf({ at, message, attempt, kind }: Attempt): string {
  return `${at} ${message} ${attempt} ${kind}`;
}

export function AttemptTable({ attempts, onOpen, handlers }: Props) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Attempts">
      <table class="object-table record-table" data-testid="attempt-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Outcome</th>
            <th scope="col">Status</th>
            <th scope="col">Event</th>
            <th scope="col" class="number">Attempt</th>
            <th scope="col" class="number">Took</th>
            <th scope="col">Next</th>
          </tr>
        </thead>
        <tbody {...handlers}>
          {attempts.map((attempt) => (
            <Row key={keyOf(attempt)} attempt={attempt} onOpen={() => onOpen(attempt)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ attempt, onOpen }: { attempt: Attempt; onOpen: () => void }) {
  const { at, event, message, duration_ms, next_attempt, reason } = attempt;
  const time = new Date(at);
  const kind = kindText(attempt);
  return (
    <tr
      data-testid="attempt-row"
      data-outcome={attempt.outcome}
      onClick={(click) => {
        if (!(click.target as HTMLElement).closest("button") && !getSelection()?.toString()) onOpen();
      }}
    >
      <td>
        <button type="button" class="row-link numbers" data-testid="open-attempt" title={formatMoment(time)} onClick={onOpen}>
          <time dateTime={at}>{formatRecent(time)}</time>
          <span class="visually-hidden">: attempt {attempt.attempt} of {event?.type ?? message}</span>
        </button>
      </td>
      <td data-field="outcome">
        <AttemptOutcome attempt={attempt} />
      </td>
      <td data-field="status" title={reason ?? undefined}>
        {statusText(attempt)}
      </td>
      <td class="wide-cell" data-field="event">
        <span class="clipped" title={event ? `${event.type}, id ${event.id}` : message}>
          {event?.type ?? message} {event && <span class="muted">{event.subject ?? event.id}</span>}
        </span>
        {kind && <span class="tag">{kind}</span>}
      </td>
      <td class="number numbers" data-field="attempt">
        {formatCount(attempt.attempt)}
      </td>
      <td class="number numbers" data-field="duration">
        {formatCount(duration_ms)} ms
      </td>
      <td class="numbers" data-field="next">
        {next_attempt ? formatRecent(new Date(next_attempt)) : <span class="muted">–</span>}
      </td>
    </tr>
  );
}
