// What happens when an attempt fails: the schedule, and what it means in words.

import { useSignal } from "@preact/signals";
import { parseSchedule, scheduleInWords } from "../../live/webhooks/schedule.ts";
import { ChoiceField, InputField } from "../../parts/input-field.tsx";
import { useChecked } from "../../parts/use-checked.ts";

export function RetryFields({ testId, initial }: { testId: string; initial: Record<string, string> }) {
  const schedule = useSignal(initial["schedule"]!);
  const ordering = useSignal(initial["ordering"] === "key" ? ("key" as const) : ("none" as const));
  const exhausted = useSignal(initial["exhausted"] === "block" ? ("block" as const) : ("dead_letter" as const));
  const read = useChecked(schedule, parseSchedule);
  const waits = read.value.value;
  return (
    <fieldset class="stack">
      <legend>When an attempt fails</legend>
      <InputField
        testId={testId}
        name="schedule"
        label="Wait before each further attempt"
        value={schedule.value}
        onInput={(text) => (schedule.value = text)}
        problem={read.value.problem}
        note="Between commas: s, min, h, d. Nothing: no second attempt."
      />
      <div class="argument-grid">
        <ChoiceField
          testId={testId}
          name="ordering"
          label="Ordering"
          value={ordering.value}
          choices={ORDERINGS}
          onChange={(value) => (ordering.value = value === "key" ? "key" : "none")}
          note="The key is the event's partitionkey, else its subject."
        />
        <ChoiceField
          testId={testId}
          name="exhausted"
          label="After the last attempt"
          value={exhausted.value}
          choices={EXHAUSTED}
          onChange={(value) => (exhausted.value = value === "block" ? "block" : "dead_letter")}
          note="Dead letters are kept, and can be sent again."
        />
      </div>
      <p class="in-words" role="status" data-testid="schedule-in-words">
        {waits ? scheduleInWords(waits, { onExhausted: exhausted.value, ordering: ordering.value }) : "What it means is said here once the schedule is right."}
      </p>
    </fieldset>
  );
}

const ORDERINGS = [
  { value: "none", label: "none: many at a time" },
  { value: "key", label: "key: one at a time of each key" },
];

const EXHAUSTED = [
  { value: "dead_letter", label: "dead-letter the message" },
  { value: "block", label: "block" },
];
