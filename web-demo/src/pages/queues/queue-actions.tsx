import { isStream, type QueueRow } from "../../api/queues.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Icon } from "../../parts/icon.tsx";
import { askToDelete, askToPurge } from "./removal.tsx";

/** What can be done to a queue or a stream from its row. */
export function QueueActions({ workspace, row }: { workspace: Workspace; row: QueueRow }) {
  const noun = isStream(row) ? "stream" : "queue";
  return (
    <>
      {!isStream(row) && (
        <button
          type="button"
          class="plain icon-only"
          data-testid="purge-queue"
          aria-label={`Purge queue ${row.name}`}
          title="Purge: drop its messages"
          disabled={row.messages_ready + (row.messages_delayed ?? 0) === 0}
          onClick={() => void askToPurge(workspace, row)}
        >
          <Icon name="purge" />
        </button>
      )}
      <button
        type="button"
        class="plain danger icon-only"
        data-testid="delete-queue"
        aria-label={`Delete ${noun} ${row.name}`}
        title="Delete"
        onClick={() => void askToDelete(workspace, row)}
      >
        <Icon name="trash" />
      </button>
    </>
  );
}
