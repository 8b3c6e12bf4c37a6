import { type ReadonlySignal, type Signal, useSignalEffect } from "@preact/signals";
import { chosen, suggestQueues } from "../live/destinations.ts";

interface Props {
  /** Prefix of the element's ids and test id. */
  form: "publish" | "subscribe";
  value: Signal<string>;
  queues: ReadonlySignal<readonly string[]>;
  suggestions: readonly string[];
}

/** A destination to type, to pick from the list, or to take over from the queue table. */
export function DestinationField({ form, value, queues, suggestions }: Props) {
  useSignalEffect(() => {
    if (chosen.value) value.value = chosen.value.destination;
  });
  const list = `${form}-destinations`;
  return (
    <label class="field">
      <span>Destination</span>
      <input
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={suggestions[0]}
        list={list}
        data-testid={`${form}-destination`}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <datalist id={list}>
        {[...suggestQueues(queues.value), ...suggestions].map((destination) => (
          <option key={destination} value={destination} />
        ))}
      </datalist>
    </label>
  );
}
