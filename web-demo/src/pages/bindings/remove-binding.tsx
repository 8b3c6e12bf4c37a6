// Taking a binding back: what stops flowing is said before, and it can be had back after.

import { type Binding, bind, unbind } from "../../api/bindings.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";

interface Props {
  workspace: Workspace;
  row: Binding;
  /** It was removed, or had back. */
  onChange: () => Promise<void>;
}

export function RemoveBinding({ workspace, row, onChange }: Props) {
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="remove-binding"
      aria-label={`Remove the binding of ${row.destination} to ${row.source} with key ${row.routing_key}`}
      title="Remove"
      onClick={() => void askToRemove({ workspace, row, onChange })}
    >
      <Icon name="trash" />
    </button>
  );
}

async function askToRemove({ workspace, row, onChange }: Props): Promise<void> {
  const { api, vhost } = workspace;
  const done = await ask({
    title: "Remove the binding?",
    children: (
      <p>
        <span class="object-name">{row.destination}</span> gets nothing more from{" "}
        <span class="object-name">{row.source}</span>
        {row.routing_key && (
          <>
            {" "}
            with key <code>{row.routing_key}</code>
          </>
        )}
        . What is in the queue stays there.
      </p>
    ),
    confirm: "Remove the binding",
    cancel: "Keep it",
    act: () => unbind(api, vhost, row),
  });
  if (!done) return;
  toast(`Removed the binding of ${row.destination} to ${row.source}.`, async () => {
    await bind(api, vhost, row);
    await onChange();
  });
  await onChange();
}
