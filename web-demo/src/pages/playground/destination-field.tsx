import type { Signal } from "@preact/signals";
import type { QueueRow } from "../../api/queues.ts";
import { suggestQueues } from "../../live/destinations.ts";
import type { Feed } from "../../live/feed.ts";

interface Props {
  /** Prefix of the element's ids and test id. */
  form: "publish" | "subscribe";
  value: Signal<string>;
  queues: Feed<QueueRow>;
  suggestions: readonly string[];
}

/** A destination to type, or to pick from the list. */
export function DestinationField({ form, value, queues, suggestions }: Props) {
  const list = `${form}-destinations`;
  return (
    <label class="field">
      <span>Destination</span>
      <input
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={suggestions[0] ?? "/queue/…"}
        list={list}
        data-testid={`${form}-destination`}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <datalist id={list}>
        {[...suggestQueues(queues.names.value, (name) => queues.peek(name)?.stream !== undefined), ...suggestions].map((destination) => (
          <option key={destination} value={destination} />
        ))}
      </datalist>
    </label>
  );
}
