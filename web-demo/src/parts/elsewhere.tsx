import type { Workspace } from "../live/workspace.ts";
import { EmptyState } from "./empty-state.tsx";

interface Props {
  workspace: Workspace;
  /** The vhost of the address. */
  vhost: string;
  testId: string;
}

/** The address is of an object in a vhost that is not the one that is worked in. */
export function Elsewhere({ workspace: { identity, vhost: here }, vhost, testId }: Props) {
  const allowed = identity.vhosts.value.includes(vhost);
  return (
    <EmptyState title={`This address is of the vhost ${vhost}.`} testId={testId}>
      {allowed ? (
        <>
          You work in {here}.{" "}
          <button type="button" class="small" data-testid="go-there" onClick={() => identity.exits.switchTo(vhost)}>
            Work in {vhost}
          </button>
        </>
      ) : (
        <>
          {identity.name} has no permission in it, or it is gone. You work in {here}.
        </>
      )}
    </EmptyState>
  );
}
