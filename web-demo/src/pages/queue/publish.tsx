import { queueDestination } from "../../live/destinations.ts";
import type { Workspace } from "../../live/workspace.ts";
import { PublishForm } from "../publish/publish-form.tsx";

/** Publishing to a queue goes by its name through the default exchange. */
export function PublishToQueue({ workspace, name }: { workspace: Workspace; name: string }) {
  return (
    <PublishForm
      workspace={workspace}
      exchange=""
      routingKey={name}
      destination={queueDestination(name)}
      nobody="the queue was gone, so nobody got it."
    />
  );
}
