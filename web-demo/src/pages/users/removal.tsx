// Deleting a user: who is cut off is said before.

import { deleteUser } from "../../api/users.ts";
import type { UserEntry } from "../../live/access/lists.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { formatCount } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Asks, and deletes. Resolves with whether it is gone. */
export async function askToDeleteUser(workspace: Workspace, row: UserEntry): Promise<boolean> {
  const { api, users, identity } = workspace;
  const { name } = row;
  const oneself = name === identity.name;
  const done = await ask({
    title: <>Delete user <span class="object-name">{name}</span>?</>,
    children: (
      <p>
        Its connections end, and it cannot sign in any more. Permissions that go with it: those in <b>{formatCount(row.vhosts.length)}</b>{" "}
        {row.vhosts.length === 1 ? "vhost" : "vhosts"}. What it published stays.
        {oneself && <b> This is who you are signed in as: you will be signed out.</b>}
      </p>
    ),
    confirm: "Delete the user",
    cancel: "Keep it",
    ...(oneself && { typed: name }),
    act: () => deleteUser(api, name),
  });
  if (!done) return false;
  toast(`Deleted user ${name}.`);
  if (!oneself) void users.refresh();
  return true;
}

export function DeleteUserButton({ workspace, row }: { workspace: Workspace; row: UserEntry }) {
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="delete-user"
      aria-label={`Delete user ${row.name}`}
      title="Delete"
      onClick={() => void askToDeleteUser(workspace, row)}
    >
      <Icon name="trash" />
    </button>
  );
}
