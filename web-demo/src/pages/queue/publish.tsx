// Publishing to a queue from its page.

import { useSignal } from "@preact/signals";
import { publishMessage } from "../../api/messages.ts";
import { queueDestination } from "../../live/destinations.ts";
import { type Failure, failureOf } from "../../live/failure.ts";
import type { Workspace } from "../../live/workspace.ts";
import { FailureText } from "../../parts/failure-text.tsx";
import { formatTime } from "../../parts/format.ts";
import { href } from "../../route/route.ts";

export function PublishToQueue({ workspace, name }: { workspace: Workspace; name: string }) {
  const { api, vhost } = workspace;
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const said = useSignal("");

  async function publish(form: FormData): Promise<void> {
    busy.value = true;
    failure.value = null;
    said.value = "";
    try {
      const type = String(form.get("type") ?? "");
      const properties = { ...(type && { content_type: type }), delivery_mode: form.has("persistent") ? 2 : 1 } as const;
      const payload = String(form.get("body") ?? "");
      const routed = await publishMessage(api, vhost, "", { routingKey: name, payload, properties });
      const time = formatTime(new Date());
      said.value = routed ? `Published at ${time}.` : `At ${time} there was no such queue any more: nobody got it.`;
    } catch (error) {
      failure.value = failureOf(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="stack narrow"
      data-testid="publish-to-queue"
      onSubmit={(event) => {
        event.preventDefault();
        void publish(new FormData(event.currentTarget));
      }}
    >
      <label class="field">
        <span>Body</span>
        <textarea name="body" rows={6} spellcheck={false} data-testid="publish-body" />
      </label>
      <div class="pair">
        <label class="field">
          <span>Content type</span>
          <input name="type" defaultValue="application/json" autocomplete="off" spellcheck={false} data-testid="publish-type" />
        </label>
        <label class="check">
          <input type="checkbox" name="persistent" defaultChecked />
          <span>persistent</span>
        </label>
      </div>
      <div class="actions">
        <button type="submit" class="primary" data-testid="publish-submit" disabled={busy}>
          Publish
        </button>
        <p class="said" role="status" data-testid="publish-said">
          {said}
        </p>
      </div>
      {failure.value && <FailureText failure={failure.value} testId="publish-error" />}
      <p class="muted">
        With headers, many at once, or over WebSocket: in the{" "}
        <a href={href(["playground"], { to: queueDestination(name) })}>playground</a>.
      </p>
    </form>
  );
}
