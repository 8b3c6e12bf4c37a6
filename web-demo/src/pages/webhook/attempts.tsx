// The attempts of a webhook, newest first, and what each posted and got back.

import { useComputed, useSignal } from "@preact/signals";
import { type Attempt, type Attempts as Page, fetchAttempts, OUTCOMES, type WebhookRow } from "../../api/webhooks.ts";
import { parseRange, rangeQuery } from "../../live/webhooks/time-range.ts";
import type { Workspace } from "../../live/workspace.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatCount } from "../../parts/format.ts";
import { PolledFreshness, useStale } from "../../parts/polled-freshness.tsx";
import { TimeRangeField } from "../../parts/time-range-field.tsx";
import { useHeldRows } from "../../parts/use-held-rows.ts";
import { usePoll } from "../../parts/use-poll.ts";
import { queryValue, setQuery } from "../../route/route.ts";
import { AttemptDialog } from "./attempt-dialog.tsx";
import { AttemptTable, keyOf } from "./attempt-table.tsx";
import type { ReplayStart } from "./replay.tsx";

/** Attempts that are read at once. */
const SHOWN = 100;

interface Props {
  workspace: Workspace;
  row: WebhookRow;
  onReplay: (start: ReplayStart) => void;
}

export function Attempts({ workspace, row, onReplay }: Props) {
  const filter = useFilter();
  const poll = usePoll(() => fetchAttempts(workspace.api, row.id, { ...filter.query(), limit: SHOWN }), () => filter.key.value);
  const open = useSignal<Attempt | null>(null);
  const { shown: page, newer, handlers } = useHeldRows(poll.value.value, { keysOf: (one) => one.attempts.map(keyOf), question: filter.key.value });
  return (
    <div class="stack" data-stale={useStale(poll)} data-testid="attempts">
      <Filter filter={filter} />
      <div class="list-tools">
        <p class="muted read-note" data-testid="attempts-note">
          {page ? noteOf(page, newer) : poll.failure.value ? "The attempts could not be read." : "Reading the attempts."}
        </p>
        <PolledFreshness list={poll} />
      </div>
      {poll.failure.value && !page && <FailureText failure={poll.failure.value} testId="attempts-error" />}
      {page && page.attempts.length === 0 && <None filtered={filter.isSet.value} complete={page.complete} />}
      {page && page.attempts.length > 0 && (
        <AttemptTable attempts={page.attempts} onOpen={(attempt) => (open.value = attempt)} handlers={handlers} />
      )}
      {open.value && (
        <AttemptDialog
          title={`Attempt ${formatCount(open.value.attempt)} of ${open.value.message}`}
          attempt={open.value}
          onClose={() => (open.value = null)}
          onReplay={() => {
            const { message } = open.peek()!;
            open.value = null;
            onReplay({ message });
          }}
        />
      )}
    </div>
  );
}

function noteOf({ attempts, complete }: Page, newer: number): string {
  if (newer > 0) return `${formatCount(newer)} newer, shown once the pointer rests.`;
  if (attempts.length === 0) return "";
  const count = `${formatCount(attempts.length)} ${attempts.length === 1 ? "attempt" : "attempts"}, newest first.`;
  if (attempts.length >= SHOWN) return `The newest ${count} Narrow the time to see older ones.`;
  return complete ? count : `${count} Older ones were not looked at: narrow the time.`;
}

function None({ filtered, complete }: { filtered: boolean; complete: boolean }) {
  if (filtered) {
    return (
      <EmptyState title="No attempt is like this." testId="attempts-empty">
        {complete ? "Choose another outcome, text or time." : "Only the newest were looked at: choose a time to look further back."}
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No attempts yet." testId="attempts-empty">
      Publish an event to the source, or send a test event.
    </EmptyState>
  );
}

/** What is looked for, which is in the address. */
function useFilter() {
  const key = useComputed(() => ["outcome", "status", "event", "time"].map((name) => queryValue(name)).join("\n"));
  const isSet = useComputed(() => key.value.trim() !== "");
  const query = () => {
    const outcome = OUTCOMES.find((one) => one === queryValue("outcome"));
    const status = /^\d{3}$/.test(queryValue("status")) ? Number(queryValue("status")) : undefined;
    const range = parseRange(queryValue("time"), Date.now());
    const event = queryValue("event");
    return {
      ...(outcome && { outcome }),
      ...(status !== undefined && { status }),
      ...(event !== "" && { event }),
      ...(range && rangeQuery(range)),
    };
  };
  return { key, isSet, query };
}

function Filter({ filter }: { filter: ReturnType<typeof useFilter> }) {
  return (
    <div class="inline-form attempt-filter" role="search" aria-label="Attempts">
      <label class="field grow">
        <span>Event</span>
        <input
          type="search"
          data-search
          data-testid="attempts-event"
          placeholder="id, type, source or subject"
          autocomplete="off"
          spellcheck={false}
          value={queryValue("event")}
          onInput={(event) => setQuery({ event: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Outcome</span>
        <select data-testid="attempts-outcome" value={queryValue("outcome")} onChange={(event) => setQuery({ outcome: event.currentTarget.value })}>
          <option value="">any</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {outcome}
            </option>
          ))}
        </select>
      </label>
      <label class="field status-field">
        <span>Status</span>
        <input
          inputMode="numeric"
          pattern="\d{3}"
          maxLength={3}
          placeholder="503"
          autocomplete="off"
          data-testid="attempts-status"
          value={queryValue("status")}
          onInput={(event) => setQuery({ status: event.currentTarget.value })}
        />
      </label>
      <TimeRangeField label="When" testId="attempts" value={queryValue("time")} onChange={(time) => setQuery({ time })} />
      <button
        type="button"
        class="plain"
        data-testid="attempts-clear"
        aria-disabled={!filter.isSet.value}
        onClick={() => setQuery({ event: null, outcome: null, status: null, time: null })}
      >
        Clear
      </button>
    </div>
  );
}
