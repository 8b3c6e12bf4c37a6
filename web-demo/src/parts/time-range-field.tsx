// A range of time in a form: the last so long, or between two moments.

import { useSignal } from "@preact/signals";
import { fromLocalInput, toLocalInput } from "../live/streams/start.ts";
import { isBetween, parseRange, problemOfRange, RANGES, type TimeRange, writeRange } from "../live/webhooks/time-range.ts";

interface Props {
  label: string;
  /** Prefix of the test ids. */
  testId: string;
  /** As `parseRange` reads it. */
  value: string;
  onChange: (text: string) => void;
}

/** Where two moments begin: the last hour. */
const EARLIER_MS = 3_600_000;

export function TimeRangeField({ label, testId, value, onChange }: Props) {
  const range = isBetween(value) ? parseRange(value, 0) : null;
  /** What is half typed, or ends before it begins, is kept here and told to nobody. */
  const draft = useSignal<TimeRange>(range ?? { since: null, until: null });
  const between = isBetween(value);
  const problem = between ? problemOfRange(draft.value) : null;

  function choose(name: string): void {
    if (name !== "between") return onChange(name === "all" ? "" : name);
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    change({ since: now - EARLIER_MS, until: null });
  }

  function change(next: TimeRange): void {
    draft.value = next;
    if (problemOfRange(next) === null) onChange(writeRange(next));
  }

  const end = (which: "since" | "until", text: string) => (
    <label class="field">
      <span>{text}</span>
      <input
        type="datetime-local"
        step={1}
        data-testid={`${testId}-${which}`}
        aria-invalid={problem ? "true" : undefined}
        value={draft.value[which] === null ? "" : toLocalInput(draft.value[which])}
        onInput={(event) => change({ ...draft.peek(), [which]: fromLocalInput(event.currentTarget.value) })}
      />
    </label>
  );

  return (
    <>
      <label class="field">
        <span>{label}</span>
        <select data-testid={`${testId}-range`} value={between ? "between" : value || "all"} onChange={(event) => choose(event.currentTarget.value)}>
          {RANGES.map(({ name, label: text }) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
          <option value="between">between…</option>
        </select>
      </label>
      {between && end("since", "From, your local time")}
      {between && end("until", "To")}
      {problem && (
        <p class="problem" role="alert" data-testid={`${testId}-problem`}>
          {problem}
        </p>
      )}
    </>
  );
}
