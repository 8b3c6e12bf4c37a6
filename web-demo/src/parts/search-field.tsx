import type { Signal } from "@preact/signals";
import { Icon } from "./icon.tsx";

interface Props {
  /** "Search queues by name" */
  label: string;
  value: Signal<string>;
  testId?: string;
}

/** The search of a list. `/` brings the focus here, Escape empties it. */
export function SearchField({ label, value, testId }: Props) {
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        data-search
        data-testid={testId}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") value.value = "";
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
