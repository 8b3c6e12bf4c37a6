// Changing what a vhost says of itself.

import { putVhost, type VhostRow } from "../../api/vhosts.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { definitionOf, VhostFields } from "../vhosts/vhost-fields.tsx";

const TEST_ID = "edit-vhost";

export function EditVhost({ workspace: { api, vhosts }, row, onClose }: { workspace: Workspace; row: VhostRow; onClose: () => void }) {
  return (
    <FormDialog
      title={<>Change vhost <span class="object-name">{row.name}</span></>}
      submit="Save"
      testId={TEST_ID}
      onClose={onClose}
      act={async (given) => {
        await putVhost(api, row.name, definitionOf(given));
        await vhosts.refresh();
        toast(`Changed vhost ${row.name}.`);
      }}
    >
      <VhostFields testId={TEST_ID} row={row} />
    </FormDialog>
  );
}
