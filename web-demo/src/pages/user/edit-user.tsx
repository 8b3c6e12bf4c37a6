// Changing a user: its tags, and a new password if one is typed.

import { changeUser } from "../../api/users.ts";
import type { UserEntry } from "../../live/access/lists.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { PasswordFields, passwordOf } from "../users/password-fields.tsx";
import { TagFields, tagsOf } from "../users/tag-fields.tsx";

const TEST_ID = "edit-user";

interface Props {
  workspace: Workspace;
  row: UserEntry;
  onClose: () => void;
}

export function EditUser({ workspace: { api, users, identity }, row, onClose }: Props) {
  return (
    <FormDialog
      title={<>Change user <span class="object-name">{row.name}</span></>}
      submit="Save"
      testId={TEST_ID}
      class="middle"
      onClose={onClose}
      act={async (given, form) => {
        await changeUser(api, row.name, { tags: tagsOf(form), password: passwordOf(given) || null });
        toast(`Changed user ${row.name}.`);
        // With a password of one's own, one is asked for the new one by the next answer.
        await users.refresh();
      }}
    >
      <PasswordFields
        testId={TEST_ID}
        required={false}
        note={row.name === identity.name ? "Nothing: it stays. A new one signs you out." : "Nothing: it stays."}
      />
      <TagFields testId={TEST_ID} tags={row.tags} />
    </FormDialog>
  );
}
