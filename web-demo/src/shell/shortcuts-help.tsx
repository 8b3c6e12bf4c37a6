import { signal } from "@preact/signals";
import { Dialog } from "../parts/dialog.tsx";
import type { Section } from "./sections.ts";

export const helpOpen = signal(false);

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["Ctrl K", "Go to a page, queue, exchange or action"],
  ["/", "Search the list"],
  ["?", "Show the shortcuts"],
  ["Esc", "Close what is open"],
  ["↑ ↓ Home End", "Move in a table"],
  ["PageUp PageDown", "Move in a table by a screen"],
  ["Enter", "Open the row"],
  ["Delete", "Delete the row's object, after a question"],
];

export function ShortcutsHelp({ sections }: { sections: readonly Section[] }) {
  if (!helpOpen.value) return null;
  const pages = sections.map(({ key, label }) => [`g ${key}`, label] as const);
  return (
    <Dialog title="Shortcuts" testId="shortcuts" onClose={() => (helpOpen.value = false)}>
      <dl class="shortcuts">
        {[...pages, ...KEYS].map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <button type="button" onClick={() => (helpOpen.value = false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
