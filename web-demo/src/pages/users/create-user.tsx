// The form for a new user.

import { putGrant } from "../../api/permissions.ts";
import { createUser } from "../../api/users.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { InputField } from "../../parts/input-field.tsx";
import { PasswordFields, passwordOf } from "./password-fields.tsx";
import { TagFields, tagsOf } from "./tag-fields.tsx";

const TEST_ID = "create-user";

interface Props {
  workspace: Workspace;
  onClose: () => void;
  /** It was created. */
  onDone: (name: string) => void;
}

export function CreateUser({ workspace: { api, vhost, users }, onClose, onDone }: Props) {
  return (
    <FormDialog
      title="New user"
      submit="Create"
      testId={TEST_ID}
      class="middle"
      onClose={onClose}
      act={async (given, form) => {
        const name = given("name").trim();
        if (users.peek(name)) throw new Error(`There is a user ${name} already: change that one, or choose another name.`);
        await createUser(api, name, tagsOf(form), passwordOf(given));
        if (form.has("everything")) await putGrant(api, "permissions", { user: name, vhost, configure: ".*", write: ".*", read: ".*" });
        await users.refresh();
        toast(`Created user ${name}.`);
        onDone(name);
      }}
    >
      <InputField testId={TEST_ID} name="name" label="Name" required autofocus />
      <PasswordFields testId={TEST_ID} required />
      <TagFields testId={TEST_ID} tags={[]} />
      <label class="check noted">
        <input type="checkbox" name="everything" data-testid={`${TEST_ID}-everything`} />
        <span>
          may do everything in the vhost <span class="object-name">{vhost}</span>
          <small>Otherwise it may do nothing until it is given permissions.</small>
        </span>
      </label>
    </FormDialog>
  );
}
