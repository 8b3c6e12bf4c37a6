// What a new stream is to keep: fields for its age, size and count, and what they mean together.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Arguments } from "../../api/queues.ts";
import { AGE_UNITS, goesInSegments, retentionText } from "../stream/retention.ts";
import { readRetention, SIZE_UNITS } from "./stream-arguments.ts";

/** Fields of the form around them, which is read with `readRetention`. */
export function RetentionFields() {
  const given = useSignal<Arguments>({});
  return (
    <fieldset
      class="retention"
      onInput={(event) => {
        const form = event.currentTarget.form;
        if (form) given.value = readRetention((name) => String(new FormData(form).get(name) ?? ""));
      }}
    >
      <legend>Retention</legend>
      <div class="argument-grid">
        <Measured name="x-max-age" label="Longest age" note="Older messages go. Without it, age does not matter.">
          {AGE_UNITS.map(({ unit, one }) => (
            <option key={unit} value={unit} selected={unit === "D"}>
              {one}s
            </option>
          ))}
        </Measured>
        <Measured name="x-max-length-bytes" label="Most octets" note="Beyond this the oldest messages go. Without it, the disk is the limit.">
          <SizeUnits />
        </Measured>
        <label class="field argument">
          <span>
            Most messages <code>x-max-length</code>
          </span>
          <input name="x-max-length" type="number" min={1} step={1} aria-describedby="note-x-max-length" data-testid="create-queue-x-max-length" />
          <small id="note-x-max-length">Exactly so many of the newest are kept.</small>
        </label>
        <Measured
          name="x-stream-max-segment-size-bytes"
          label="Segment size"
          note="Of the files that by age and size go as a whole. Default 64 MiB, or an eighth of the most octets."
        >
          <SizeUnits />
        </Measured>
      </div>
      <p class="muted" role="status" data-testid="retention-text">
        {retentionText(given.value)} {goesInSegments(given.value) && "By age and size, whole segments go."}
      </p>
    </fieldset>
  );
}

interface MeasuredProps {
  name: string;
  label: string;
  note: string;
  /** Its units, as options. */
  children: ComponentChildren;
}

/** A number with its unit. */
function Measured({ name, label, note, children }: MeasuredProps) {
  const noteId = `note-${name}`;
  return (
    <div class="field argument">
      <span id={`label-${name}`}>
        {label} <code>{name}</code>
      </span>
      <div class="measured">
        <input
          name={name}
          type="number"
          min={1}
          step={1}
          aria-labelledby={`label-${name}`}
          aria-describedby={noteId}
          data-testid={`create-queue-${name}`}
        />
        <select name={`${name}-unit`} aria-label={`${label}, unit`} data-testid={`create-queue-${name}-unit`}>
          {children}
        </select>
      </div>
      <small id={noteId}>{note}</small>
    </div>
  );
}

function SizeUnits() {
  return (
    <>
      {SIZE_UNITS.map(({ unit }) => (
        <option key={unit} value={unit} selected={unit === "MiB"}>
          {unit}
        </option>
      ))}
    </>
  );
}
