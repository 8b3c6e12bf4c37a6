// Where to begin in a stream: at an end of it, at an offset, or at a time.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { fromLocalInput, parseStart, type Start, toLocalInput, writeStart } from "../live/streams/start.ts";

const LABELS: Record<Start["at"], string> = {
  next: "what comes from now on",
  first: "the oldest kept",
  last: "the newest",
  offset: "an offset",
  time: "a point in time",
};

/** What a time begins as: an hour ago. */
const EARLIER_MS = 3_600_000;

interface Props {
  label: string;
  /** Prefix of the test ids. */
  testId: string;
  /** As `writeStart` writes it. */
  value: ReadonlySignal<string>;
  onChange: (text: string) => void;
  choices: readonly Start["at"][];
}

/** Two fields of a form that stands around them: the choice, and what it needs to be told. */
export function StartField({ label, testId, value, onChange, choices }: Props) {
  // What is half typed says no place yet; the fields keep it, and the form asks for it.
  const parsed = parseStart(value.value);
  const chosen = useSignal<Start["at"]>(parsed?.at ?? choices[0]!);
  if (parsed && parsed.at !== chosen.peek()) chosen.value = parsed.at;

  function choose(at: Start["at"]): void {
    chosen.value = at;
    if (at === "time") onChange(writeStart({ at, time: Math.floor((Date.now() - EARLIER_MS) / 1_000) * 1_000 }));
    else if (at === "offset") onChange(writeStart({ at, offset: 0 }));
    else onChange(at);
  }

  return (
    <div class="start-field">
      <label class="field">
        <span>{label}</span>
        <select data-testid={`${testId}-at`} value={chosen} onChange={(event) => choose(event.currentTarget.value as Start["at"])}>
          {choices.map((at) => (
            <option key={at} value={at}>
              {LABELS[at]}
            </option>
          ))}
        </select>
      </label>
      {chosen.value === "offset" && (
        <label class="field">
          <span>Offset</span>
          <input
            type="number"
            required
            min={0}
            step={1}
            data-testid={`${testId}-offset`}
            value={parsed?.at === "offset" ? parsed.offset : ""}
            onInput={(event) => onChange(`offset=${event.currentTarget.value}`)}
          />
        </label>
      )}
      {chosen.value === "time" && (
        <label class="field">
          <span>Time, your local one</span>
          <input
            type="datetime-local"
            required
            step={1}
            data-testid={`${testId}-time`}
            value={parsed?.at === "time" ? toLocalInput(parsed.time) : ""}
            onInput={(event) => {
              const time = fromLocalInput(event.currentTarget.value);
              onChange(time === null ? "timestamp=" : writeStart({ at: "time", time }));
            }}
          />
        </label>
      )}
    </div>
  );
}
