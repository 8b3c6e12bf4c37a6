import type { Workspace } from "../live/workspace.ts";
import { formatTime } from "./format.ts";

/** Says from when the numbers of the page are, unless they are live. */
export function Freshness({ workspace }: { workspace: Workspace }) {
  if (workspace.link.value.kind === "live") return null;
  const updated = workspace.queues.updated.value;
  return (
    <p class="freshness" data-testid="stale">
      {updated ? `Not live: numbers from ${formatTime(updated.at)}` : "No numbers yet"}
    </p>
  );
}
