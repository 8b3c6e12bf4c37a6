// Deleting inbound hooks: what is lost is said before.

import { deleteHook, type HookRow } from "../../api/hooks.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";

/** Asks, and deletes. Resolves with whether it is gone. */
export async function askToDeleteHook(workspace: Workspace, row: HookRow): Promise<boolean> {
  const done = await ask({
    title: <>Delete the hook <span class="object-name">{row.name}</span>?</>,
    children: (
      <p>
        Its address answers 404 from then on, and its secrets are lost. What it published to <span class="object-name">{row.destination}</span>{" "}
        stays there.
      </p>
    ),
    confirm: "Delete the hook",
    cancel: "Keep it",
    act: () => deleteHook(workspace.api, row.vhost, row.name),
  });
  if (!done) return false;
  toast(`Deleted the hook ${row.name}.`);
  void workspace.hooks.refresh();
  return true;
}
