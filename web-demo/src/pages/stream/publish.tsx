import type { Publication } from "../../api/messages.ts";
import { streamDestination } from "../../live/destinations.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount } from "../../parts/format.ts";
import { href } from "../../route/route.ts";
import { PublishForm } from "../publish/publish-form.tsx";

/** Milliseconds after which a confirmation is not waited for any more. */
const TIMEOUT_MS = 10_000;

/** Over STOMP, whose receipt tells the offset. */
export function PublishToStream({ workspace, name }: { workspace: Workspace; name: string }) {
  const { client } = workspace.playground.workbench;

  async function send({ payload, properties = {} }: Publication) {
    const { content_type: contentType, headers } = properties;
    const options = { timeout: TIMEOUT_MS, ...(contentType && { contentType }), ...(headers && { headers }) };
    // This destination creates nothing: a stream that is gone stays gone.
    const { routed, offset } = await client.publish(`/amq/queue/${encodeURIComponent(name)}`, payload, options);
    if (routed === 0) return null;
    if (offset === undefined) return ".";
    return (
      <>
        {" "}
        with the offset{" "}
        <a data-testid="publish-offset" href={href(["queues", workspace.vhost, name], { from: `offset=${offset}` })}>
          {formatCount(offset)}
        </a>
        .
      </>
    );
  }

  return (
    <PublishForm
      workspace={workspace}
      exchange=""
      routingKey={name}
      destination={streamDestination(name)}
      nobody="the stream was gone, so nobody got it."
      send={send}
      keepsAll
    />
  );
}
