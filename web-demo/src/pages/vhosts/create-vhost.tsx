// The form for a new vhost.

import { putVhost } from "../../api/vhosts.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { InputField } from "../../parts/input-field.tsx";
import { definitionOf, VhostFields } from "./vhost-fields.tsx";

const TEST_ID = "create-vhost";

interface Props {
  workspace: Workspace;
  onClose: () => void;
  /** It was created. */
  onDone: (name: string) => void;
}

export function CreateVhost({ workspace: { api, vhosts, identity }, onClose, onDone }: Props) {
  return (
    <FormDialog
      title="New vhost"
      submit="Create"
      testId={TEST_ID}
      onClose={onClose}
      act={async (given) => {
        const name = given("name").trim();
        if (vhosts.peek(name)) throw new Error(`There is a vhost ${name} already: choose another name.`);
        await putVhost(api, name, definitionOf(given));
        await Promise.all([vhosts.refresh(), identity.refresh()]);
        toast(`Created vhost ${name}. You have full rights in it.`);
        onDone(name);
      }}
    >
      <InputField testId={TEST_ID} name="name" label="Name" required autofocus note="Its queues, exchanges, connections and permissions are its own." />
      <VhostFields testId={TEST_ID} row={null} />
    </FormDialog>
  );
}
