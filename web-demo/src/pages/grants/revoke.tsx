// Taking permissions: what stops is said before, and they can be had back after.

import { deleteGrant, type Grant, type GrantKind, putGrant } from "../../api/permissions.ts";
import { toast } from "../../live/toast.ts";
import type { Workspace } from "../../live/workspace.ts";
import { ask } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";
import { exchangeText, KIND_FACTS } from "./kinds.ts";

interface Props {
  workspace: Workspace;
  kind: GrantKind;
  grant: Grant;
  /** They were taken, or given back. */
  onChange: () => Promise<void>;
}

export function RevokeButton(props: Props) {
  const { user, vhost } = props.grant;
  return (
    <button
      type="button"
      class="plain danger icon-only"
      data-testid="revoke-grant"
      aria-label={`Take the ${KIND_FACTS[props.kind].plural} of ${user} in ${vhost}`}
      title="Take"
      onClick={() => void askToRevoke(props)}
    >
      <Icon name="trash" />
    </button>
  );
}

async function askToRevoke({ workspace: { api, identity, vhost: here }, kind, grant, onChange }: Props): Promise<void> {
  const { user, vhost, exchange } = grant;
  const { plural } = KIND_FACTS[kind];
  const done = await ask({
    title: <>Take the {plural} of <span class="object-name">{user}</span> in <span class="object-name">{vhost}</span>?</>,
    children: (
      <p>
        {exchange === undefined ? (
          "It can do nothing in that vhost from then on, and not connect to it."
        ) : (
          <>
            Its permissions on the name of <span class="object-name">{exchangeText(exchange)}</span> decide alone from then on, for every routing key.
          </>
        )}
        {exchange === undefined && user === identity.name && vhost === here && <b> This is what you work with now.</b>}
      </p>
    ),
    confirm: "Take them",
    cancel: "Leave them",
    act: () => deleteGrant(api, kind, grant),
  });
  if (!done) return;
  toast(`Took the ${plural} of ${user} in ${vhost}.`, async () => {
    await putGrant(api, kind, grant);
    await onChange();
  });
  await onChange();
}
